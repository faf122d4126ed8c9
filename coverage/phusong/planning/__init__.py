"""Floor 5: where the next sites should stand."""
