"""Factors of a signed-in person: TOTP and other second factors, and passkeys."""
