"""RS256 signatures (RFC 7518, section 3.3). Imported with the first key: ``cryptography`` is 7 MB of every process."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

_PADDING, _HASH = PKCS1v15(), SHA256()


class RsaKey:
    """A public key."""

    __slots__ = ("_key",)

    def __init__(self, modulus: int, exponent: int) -> None:
        """Take the key's numbers; raise ``ValueError`` when they make none."""
        self._key = RSAPublicNumbers(exponent, modulus).public_key()

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` is this key's for ``content``."""
        try:
            self._key.verify(signature, content, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True
