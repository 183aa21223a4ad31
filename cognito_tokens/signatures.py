"""RS256 signatures (RFC 7518, section 3.3). Imported with the first key: ``cryptography`` takes 7 MB of memory."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

_PADDING, _HASH = PKCS1v15(), SHA256()


class RsaKey:
    """An RSA public key."""

    __slots__ = ("_key",)

    def __init__(self, modulus: int, exponent: int) -> None:
        """Create the key; raise ``ValueError`` if the numbers are not a valid key."""
        self._key = RSAPublicNumbers(exponent, modulus).public_key()

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is a valid signature of ``content`` by this key."""
        try:
            self._key.verify(signature, content, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True
