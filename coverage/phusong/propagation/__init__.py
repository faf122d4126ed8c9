"""Propagation models, one file each, with checked doors."""
