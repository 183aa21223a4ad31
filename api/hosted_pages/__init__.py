"""Sign-in at the pool's hosted pages (OAuth 2.0), and well-known addresses for browsers."""
