"""Sealed values: encrypted and authenticated state that expires, and that the client stores for the API.

AES-256-GCM with random nonces and the time of sealing, with one key per purpose derived by HKDF (RFC 5869), so that a
value sealed for one purpose cannot be used for another. A key must not seal more than 2**32 values (NIST SP 800-38D,
section 8.3): years of sign-ins. The API processes store nothing.
"""

import base64
import binascii
import secrets
import struct
import time
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Model = TypeVar("Model", bound=BaseModel)

_NONCE_SIZE = 12
# Clocks of several hosts may differ.
_SKEW_SECONDS = 60


class SealBrokenError(Exception):
    """The value was not sealed here, not for this purpose, or too long ago."""


class Sealer:
    """Seals values for one purpose."""

    def __init__(self, keys: Sequence[str], purpose: str, seconds: int, size: int = 0) -> None:
        """Seal with the first of ``keys``, open with any; sealed values expire after ``seconds``.

        Values of up to ``size`` bytes of JSON are padded, so that their sealed texts have the same length.
        """
        self._secrets = keys
        self._purpose = purpose
        self._seconds = seconds
        self._size = size

    def seal(self, value: BaseModel) -> str:
        """Return ``value`` as URL-safe text."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        text = struct.pack(">Q", int(time.time())) + value.model_dump_json().encode().ljust(self._size)
        sealed = nonce + self._ciphers[0].encrypt(nonce, text, None)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, sealed: str, model: type[Model]) -> Model:
        """Return the sealed value; raise ``SealBrokenError`` if it is invalid or expired."""
        try:
            data = base64.b64decode(sealed.encode() + b"=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            text = self._decrypted(data[:_NONCE_SIZE], data[_NONCE_SIZE:])
            (sealed_at,) = struct.unpack(">Q", text[:8])
            if not -_SKEW_SECONDS <= time.time() - sealed_at <= self._seconds:
                raise SealBrokenError
            return model.model_validate_json(text[8:])
        except (binascii.Error, ValidationError, UnicodeEncodeError, struct.error):
            raise SealBrokenError from None

    def _decrypted(self, nonce: bytes, data: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - 7 MB that a process may never need

        for cipher in self._ciphers:
            try:
                return cipher.decrypt(nonce, data, None)
            except (InvalidTag, ValueError):
                continue
        raise SealBrokenError

    @cached_property
    def _ciphers(self) -> "list[AESGCM]":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

        return [AESGCM(_key(secret, self._purpose)) for secret in self._secrets]


def _key(secret: str, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    return HKDF(SHA256(), 32, salt=None, info=f"cognito-sign-in {purpose}".encode()).derive(secret.encode())
