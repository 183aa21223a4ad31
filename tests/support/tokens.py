"""A pool's signing key, and tokens as Cognito issues them."""

import base64
import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

POOL_ID = "us-east-1_AbCdEfGhI"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"
CLIENT_ID = "clientid"
SUB = "7d8c9c1e-0000-4000-8000-000000000000"


def encode(data: bytes | dict[str, Any]) -> str:
    """Return base64url without padding, of bytes or of JSON."""
    raw = data if isinstance(data, bytes) else json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class SigningKey:
    """Signing key of a pool."""

    bits: int = 2048
    key: rsa.RSAPrivateKey = field(init=False)
    kid: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(65537, self.bits)
        self.kid = encode(hashlib.sha256(str(self.key.public_key().public_numbers().n).encode()).digest())

    def jwk(self, **more: Any) -> dict[str, Any]:
        """Return the public key as the pool publishes it."""
        numbers = self.key.public_key().public_numbers()
        modulus = encode(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
        common = {"alg": "RS256", "e": "AQAB", "kid": self.kid, "kty": "RSA", "n": modulus, "use": "sig"}
        return {**common, **more}

    def jwks(self) -> bytes:
        """Return a JWKS document with only this key."""
        return json.dumps({"keys": [self.jwk()]}).encode()

    def sign(self, header: bytes | dict[str, Any], payload: bytes | dict[str, Any]) -> str:
        """Return a JWS of any header and payload."""
        signed = f"{encode(header)}.{encode(payload)}"
        return f"{signed}.{encode(self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def token(self, **claims: Any) -> str:
        """Return an access token; a claim that is ``...`` is left out."""
        return self.sign({"kid": self.kid, "alg": "RS256"}, access_claims(**claims))

    def id_token(self, **claims: Any) -> str:
        """Return an ID token."""
        own = {
            "token_use": "id",
            "aud": CLIENT_ID,
            "cognito:username": SUB,
            "client_id": ...,
            "username": ...,
            "scope": ...,
        }
        return self.sign(
            {"kid": self.kid, "alg": "RS256"}, access_claims(**{**own, "email": "ada@example.com", **claims})
        )


def access_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of an access token issued now; a claim that is ``...`` is left out."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": SUB,
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "origin_jti": str(uuid.uuid4()),
        "event_id": str(uuid.uuid4()),
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": now,
        "exp": now + 3600,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "username": SUB,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not ...}


KEY = SigningKey()
