"""Floor 4: where service is missing."""
