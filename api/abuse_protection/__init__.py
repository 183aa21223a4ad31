"""Rate limits and uniform response times."""
