"""Floor 3: from masts to signal level per operator and technology."""
