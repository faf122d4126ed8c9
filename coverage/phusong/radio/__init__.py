"""Antennas, technologies, link budgets and service profiles."""
