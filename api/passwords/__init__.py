"""Passwords: recovery, reset and change."""
