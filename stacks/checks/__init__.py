"""Checks before and after a deployment: deployment lock, plan guard and security policy."""
