"""What comes in, aligned on one grid."""
