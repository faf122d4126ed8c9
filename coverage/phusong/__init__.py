"""phusong."""
