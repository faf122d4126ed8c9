"""Benchmarks run on demand: ``pytest benchmarks --benchmark-only``."""
