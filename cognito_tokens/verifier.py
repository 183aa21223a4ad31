"""Verification of Cognito's access and ID tokens.

The cheap checks come first, then the pool's key, then the signature. Keys are fetched only after all other checks have
passed, and at a limited rate (``Jwks``), so that forged tokens cause no load.

Source: "Verifying JSON web tokens" in the Cognito developer guide; RFC 7519, section 7.2; RFC 8725.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from cognito_tokens.claims import principal_of, required
from cognito_tokens.errors import (
    ClientRefused,
    IssuerRefused,
    KeyUnknown,
    SignatureInvalid,
    TokenExpired,
    TokenMalformed,
    TokenRevoked,
)
from cognito_tokens.parsing import LARGEST_TOKEN, parse
from cognito_tokens.principal import Principal, TokenUse
from cognito_tokens.revocations import Revocations

if TYPE_CHECKING:
    from cognito_tokens.signatures import RsaKey


class KeySource(Protocol):
    """Source of the keys of a user pool: ``Jwks`` over HTTP, ``StaticJwks`` from a given document."""

    def get_cached(self, kid: str) -> "RsaKey | None":
        """Return the cached key of ``kid``, if any."""
        ...

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, fetching it if necessary; raise ``KeysUnavailable`` if that fails."""
        ...


@dataclass(frozen=True)
class UserPool:
    """A trusted user pool: its exact issuer, the app clients from which tokens are accepted, and its keys."""

    issuer: str
    client_ids: frozenset[str]
    keys: KeySource


# The principal, and the key that verified the token: its source, its kid and the key itself.
_Verified = tuple[Principal, KeySource, str, "RsaKey"]


class TokenVerifier:
    """Verifies tokens of one ``token_use`` from one or more user pools, with a cache of verified tokens."""

    def __init__(  # noqa: PLR0913 - options, by name
        self,
        pools: Sequence[UserPool],
        *,
        token_use: TokenUse = "access",
        leeway: int = 5,
        revocations: Revocations | None = None,
        remembered: int = 10_000,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Create a verifier.

        Args:
            pools: The user pools from which tokens are accepted.
            token_use: The kind of token to accept, ``"access"`` or ``"id"``.
            leeway: How many seconds Cognito's clock may be ahead, for iat, nbf and auth_time; exp has no leeway.
            revocations: The revocations to check; none by default.
            remembered: The maximum number of verified tokens in the cache, by digest, each until its exp.
            now: Returns the time in seconds since 1970, for a clock that agrees better with Cognito's than this host's.

        Raises:
            ValueError: Two pools have the same issuer.
        """
        self._pools = {pool.issuer: pool for pool in pools}
        if len(self._pools) < len(pools):
            message = "duplicate issuer; pass one UserPool per issuer, with all its client IDs"
            raise ValueError(message)
        self._token_use: TokenUse = token_use
        self._leeway = leeway
        self._revocations = revocations or Revocations()
        self._remembered = remembered
        self._now = now
        # Not a dict: finding its oldest entry takes longer with each removal.
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str, *, fail_closed: bool | None = None) -> Principal:
        """Verify ``token`` and return its principal.

        Args:
            token: The encoded JWT.
            fail_closed: Whether to raise while the revocation store is unreachable; ``None`` leaves that to the
                ``Revocations``.

        Raises:
            TokenRefused: The token is not valid, has expired or was revoked.
            KeysUnavailable: The keys of the user pool cannot be fetched.
            RevocationsUnavailable: The revocation store is unreachable, and the check fails closed.
        """
        if len(token) > LARGEST_TOKEN:
            raise TokenMalformed(f"a token of at most {LARGEST_TOKEN} characters", len(token))
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest)
        # A cached token is valid only as long as the pool publishes the same key.
        if known is None or known[1].get_cached(known[2]) is not known[3]:
            known = await self._verify(token)
            self._remember(digest, known)
        principal = known[0]
        if self._now() >= principal.expires_at:
            self._verified.pop(digest, None)
            raise TokenExpired("claim exp in the future", principal.expires_at)
        if self._revocations.revokes(principal, fail_closed=fail_closed):
            raise TokenRevoked("a session that has not been revoked", principal.origin_jti)
        return principal

    async def _verify(self, token: str) -> _Verified:
        parsed = parse(token)
        pool = self._pool_of(parsed.claims)
        principal = principal_of(parsed.claims, self._token_use, self._now(), self._leeway)
        if principal.client_id not in pool.client_ids:
            raise ClientRefused(f"one of the {len(pool.client_ids)} accepted client IDs", principal.client_id)
        key = pool.keys.get_cached(parsed.kid) or await pool.keys.get(parsed.kid)
        if key is None:
            raise KeyUnknown("a kid in the JWKS of the user pool", parsed.kid)
        if not key.signed(parsed.signed, parsed.signature):
            raise SignatureInvalid("a valid signature of the user pool")
        return principal, pool.keys, parsed.kid, key

    def _pool_of(self, claims: dict[str, Any]) -> UserPool:
        issuer = required(claims, "iss", str)
        pool = self._pools.get(issuer)
        if pool is None:
            raise IssuerRefused(f"an issuer among {sorted(self._pools)}", issuer)
        return pool

    def _remember(self, digest: bytes, known: _Verified) -> None:
        self._verified[digest] = known
        if len(self._verified) > self._remembered:
            self._verified.popitem(last=False)
