"""Sealed values: encrypted and authenticated state that expires, and that the client stores for the API.

Fernet (AES-128-CBC and HMAC-SHA256, with the time of sealing inside), with one key per purpose derived by HKDF
(RFC 5869), so that a value sealed for one purpose cannot be used for another. The API processes store nothing.
"""

import base64
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

Model = TypeVar("Model", bound=BaseModel)


class SealBrokenError(Exception):
    """The value was not sealed here, not for this purpose, or too long ago."""


class Sealer:
    """Seals values for one purpose."""

    def __init__(self, secrets: Sequence[str], purpose: str, seconds: int, size: int = 0) -> None:
        """Seal with the first of ``secrets``, open with any; sealed values expire after ``seconds``.

        Values of up to ``size`` bytes of JSON are padded, so that their sealed texts have the same length.
        """
        self._secrets = secrets
        self._purpose = purpose
        self._seconds = seconds
        self._size = size

    def seal(self, value: BaseModel) -> str:
        """Return ``value`` as URL-safe text."""
        return self._fernet.encrypt(value.model_dump_json().encode().ljust(self._size)).decode()

    def open(self, sealed: str, model: type[Model]) -> Model:
        """Return the sealed value; raise ``SealBrokenError`` if it is invalid or expired."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 7 MB that a process may never need

        try:
            return model.model_validate_json(self._fernet.decrypt(sealed.encode(), ttl=self._seconds))
        except (InvalidToken, ValidationError, UnicodeEncodeError):
            raise SealBrokenError from None

    @cached_property
    def _fernet(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - as above

        return MultiFernet([Fernet(_key(secret, self._purpose)) for secret in self._secrets])


def _key(secret: str, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    hkdf = HKDF(SHA256(), 32, salt=None, info=f"cognito-sign-in {purpose}".encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
