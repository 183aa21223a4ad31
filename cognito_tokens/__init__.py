"""Verification of Amazon Cognito's access and ID tokens.

The core needs cryptography, httptools and aiohappyeyeballs. ``cognito_tokens.dependencies`` brings it to FastAPI
(extra ``fastapi``), ``cognito_tokens.stores`` shares revocations between processes (extras ``redis`` and ``dynamodb``).
"""

from cognito_tokens.errors import TokenError
from cognito_tokens.jwks import StaticJwks, user_pool
from cognito_tokens.principal import Principal
from cognito_tokens.revocations import Revocations
from cognito_tokens.verifier import TokenVerifier, UserPool

__all__ = [
    "Principal",
    "Revocations",
    "StaticJwks",
    "TokenError",
    "TokenVerifier",
    "UserPool",
    "user_pool",
]
