"""Adoption: read a living pool and client, and say in an environment's file what reproduces them."""
