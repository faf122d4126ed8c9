"""Floor 1: antennas, technologies, link budgets and service profiles."""
