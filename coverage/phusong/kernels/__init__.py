"""Numba kernels on floats and arrays; no files, no coordinates systems, no tables."""
