"""``python -m bench.recipes``, in the peers' environment: run other libraries on the same tokens and print JSON.

Each recipe follows its library's documentation for a JWKS, with every available check enabled: the algorithm is pinned
to RS256, issuer and expiry are checked, token_use and client_id are compared in the recipe. Accepted hostile tokens and
undocumented exceptions are counted separately: an application that follows the documentation responds to the latter
with status 500.
"""

import asyncio
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jwt as pyjwt
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError as AuthlibError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi_cognito import CognitoToken
from fastapi_cognito.cognito_jwt.decode import decode_cognito_jwt
from fastapi_cognito.cognito_jwt.exceptions import CognitoJWTException
from jose import jwt as python_jose
from jose.exceptions import JOSEError
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cognito_tokens.errors import TokenError
from cognito_tokens.jwks import StaticJwks
from cognito_tokens.verifier import TokenVerifier, UserPool
from tests.support.hostile_tokens import hostile_groups
from tests.support.tokens import CLIENT_ID, ISSUER, KEY, POOL_ID

JWKS: dict[str, Any] = json.loads(KEY.jwks())
TOKENS = 300
ROUNDS = 7


class Refused(Exception):
    """A check in the recipe failed."""


def check(claims: dict[str, Any]) -> None:
    """Check the Cognito claims that general JWT libraries do not know."""
    if claims.get("token_use") != "access" or claims.get("client_id") != CLIENT_ID:
        raise Refused


_pyjwt_keys = pyjwt.PyJWKSet.from_dict(JWKS)
_joserfc_keys = KeySet.import_key_set(JWKS)
_joserfc_claims = joserfc_jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER}, exp={"essential": True}, sub={"essential": True}
)
_authlib = JsonWebToken(["RS256"])
_authlib_keys = JsonWebKey.import_key_set(JWKS)
_jwks_file = Path(tempfile.mkdtemp()) / "jwks.json"
_jwks_file.write_text(json.dumps(JWKS))


async def by_pyjwt(token: str) -> None:
    """PyJWT: usage, "Retrieve RSA signing keys from a JWKS endpoint"."""
    key = _pyjwt_keys[pyjwt.get_unverified_header(token)["kid"]]
    options: Any = {"require": ["exp", "iat", "iss", "sub", "jti"], "verify_aud": False}
    check(pyjwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options=options))


async def by_joserfc(token: str) -> None:
    """joserfc: guide, "JSON Web Token"."""
    decoded = joserfc_jwt.decode(token, _joserfc_keys, algorithms=["RS256"])
    _joserfc_claims.validate(decoded.claims)
    check(decoded.claims)


async def by_authlib(token: str) -> None:
    """authlib: "JSON Web Token (JWT)"."""
    options = {"iss": {"essential": True, "value": ISSUER}, "exp": {"essential": True}, "sub": {"essential": True}}
    claims = _authlib.decode(token, _authlib_keys, claims_options=options)
    claims.validate()
    check(claims)


async def by_python_jose(token: str) -> None:
    """python-jose: "JSON Web Token"."""
    check(python_jose.decode(token, JWKS, algorithms=["RS256"], issuer=ISSUER, options={"verify_aud": False}))


async def by_fastapi_cognito(token: str) -> None:
    """fastapi-cognito: the steps of its dependency after it has read the header."""
    claims = await decode_cognito_jwt(token, "us-east-1", POOL_ID, CLIENT_ID, jwks_url=str(_jwks_file))
    CognitoToken(**claims)


def ours() -> TokenVerifier:
    """Return this repository's verifier with an empty cache."""
    return TokenVerifier([UserPool(ISSUER, frozenset({CLIENT_ID}), StaticJwks(KEY.jwks()))])


_ours = ours()


async def by_ours(token: str) -> None:
    """Verify with ``cognito_tokens``."""
    await _ours.verify(token)


Recipe = Callable[[str], Awaitable[None]]
# Name -> recipe, the package that determines the version, and the exceptions that its documentation names.
RECIPES: dict[str, tuple[Recipe, str, tuple[type[Exception], ...]]] = {
    "cognito_tokens": (by_ours, "", (TokenError,)),
    "PyJWT": (by_pyjwt, "pyjwt", (pyjwt.PyJWTError, Refused)),
    "joserfc": (by_joserfc, "joserfc", (JoseError, Refused)),
    "authlib": (by_authlib, "authlib", (AuthlibError, Refused)),
    "python-jose": (by_python_jose, "python-jose", (JOSEError, Refused)),
    "fastapi-cognito": (by_fastapi_cognito, "fastapi-cognito", (CognitoJWTException,)),
}


async def judge(recipe: Recipe, named: tuple[type[Exception], ...], tokens: dict[str, str]) -> dict[str, int]:
    """Count the hostile tokens that are accepted, and those that raise an undocumented exception."""
    found = {"accepted": 0, "unexpected": 0}
    for token in tokens.values():
        try:
            await recipe(token)
        except named:
            continue
        except Exception:  # noqa: BLE001 - undocumented exceptions are counted
            found["unexpected"] += 1
        else:
            found["accepted"] += 1
    return found


async def microseconds(verify: Callable[[list[str]], Awaitable[None]], tokens: list[str]) -> float:
    """Return the microseconds per token of one round."""
    start = time.perf_counter()
    await verify(tokens)
    return (time.perf_counter() - start) / len(tokens) * 1e6


async def measure() -> dict[str, float]:
    """Return microseconds per verification: every library uncached, cognito_tokens also cached, and RSA alone."""
    tokens = [KEY.token() for _ in range(TOKENS)]
    public, padding, digest = KEY.key.public_key(), PKCS1v15(), SHA256()
    split = [(token.rpartition(".")[0].encode(), StaticSignature(token).value) for token in tokens]

    async def bare(_: list[str]) -> None:
        for signed, signature in split:
            public.verify(signature, signed, padding, digest)

    async def cached(_: list[str]) -> None:
        for _ in range(TOKENS):
            await remembering.verify(tokens[0])

    # As the API does at startup: exclude imported objects from garbage collection during the measurement.
    gc.collect()
    gc.freeze()
    remembering = ours()
    await remembering.verify(tokens[0])
    rounds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        rounds.setdefault("RSA verify alone", []).append(await microseconds(bare, tokens))
        rounds.setdefault("cognito_tokens, cached", []).append(await microseconds(cached, tokens))
        for name, (recipe, _, _) in RECIPES.items():
            rounds.setdefault(name, []).append(await microseconds(_each(recipe), tokens))
    return {name: statistics.median(values) for name, values in rounds.items()}


class StaticSignature:
    """The bytes of a token's signature."""

    def __init__(self, token: str) -> None:
        """Decode the last segment."""
        self.value = pyjwt.utils.base64url_decode(token.rpartition(".")[2])


def _each(recipe: Recipe) -> Callable[[list[str]], Awaitable[None]]:
    async def verify(tokens: list[str]) -> None:
        # Clear the cache of the previous round.
        vars(_ours)["_verified"].clear()
        for token in tokens:
            await recipe(token)

    return verify


async def main() -> None:
    """Print the results as JSON."""
    versions = {name: version(package) if package else "" for name, (_, package, _) in RECIPES.items()}
    groups = hostile_groups()
    judged = {
        kind: {name: await judge(recipe, named, tokens) for name, (recipe, _, named) in RECIPES.items()}
        for kind, tokens in groups.items()
    }
    sizes = {kind: len(tokens) for kind, tokens in groups.items()}
    found = {"sizes": sizes, "versions": versions, "judged": judged, "microseconds": await measure()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
