"""Settings and the stack's outputs."""
