"""Verification of Cognito's tokens, for this API and for any FastAPI application.

Of the rest of ``api`` it uses ``strict_json`` and ``http_client`` only, of PyPI fastapi, cryptography and httptools.
"""

from api.tokens.dependencies import (
    CurrentPrincipal,
    FreshPrincipal,
    OptionalPrincipal,
    RecentLogin,
    RequireGroups,
    RequireScopes,
    protect,
)
from api.tokens.errors import TokenError
from api.tokens.jwks import StaticJwks, user_pool
from api.tokens.principal import Principal
from api.tokens.revocations import Revocations
from api.tokens.verifier import TokenVerifier, UserPool

__all__ = [
    "CurrentPrincipal",
    "FreshPrincipal",
    "OptionalPrincipal",
    "Principal",
    "RecentLogin",
    "RequireGroups",
    "RequireScopes",
    "Revocations",
    "StaticJwks",
    "TokenError",
    "TokenVerifier",
    "UserPool",
    "protect",
    "user_pool",
]
