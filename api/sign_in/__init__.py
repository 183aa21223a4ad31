"""Sign-in by password, code or passkey, and the challenges that follow."""
