"""Floor 6: maps, tables and files for people."""
