"""Composition of the process, and the tuning of its start."""
