"""Sessions after sign-in: who am I, refresh, revocation, sign-out, and sessions in cookies."""
