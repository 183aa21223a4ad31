"""Keyed hashes of addresses, so that a store never contains the text itself."""

import hashlib


def hashed_key(secret: str, *key: str) -> str:
    """Return 32 hexadecimal digits of ``key``, keyed with ``secret`` (BLAKE2b, RFC 7693)."""
    return hashlib.blake2b("\0".join(key).encode(), key=secret.encode()[:64], digest_size=16).hexdigest()
