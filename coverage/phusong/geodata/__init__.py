"""Floor 2: what comes in, aligned on one grid."""
