"""Helpers that are not specific to this project."""
