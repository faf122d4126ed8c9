"""Floor 1: propagation models, one file each, with checked doors."""
