"""Verification of Cognito's JWTs, access and ID tokens alike.

Order: what costs nothing first, then the pool's key, then the signature. A forged token causes no call: keys are asked
for only when all else fits, and then seldom (``Jwks``). Source: "Verifying JSON web tokens" of the Cognito developer
guide; RFC 7519, section 7.2; RFC 8725.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
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
    """Where a pool's keys come from: ``Jwks`` over HTTP, ``StaticJwks`` from a file."""

    def known(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid`` if it is at hand."""
        ...

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, fetched if that may help; raise ``KeysUnavailable`` when there are no keys."""
        ...


@dataclass(frozen=True)
class UserPool:
    """A pool whose tokens count: its exact issuer, the clients they may be made for, and its keys."""

    issuer: str
    client_ids: frozenset[str]
    keys: KeySource


# With the key that a token was verified with: its source, its kid, and the key itself.
_Verified = tuple[Principal, KeySource, str, "RsaKey"]


class TokenVerifier:
    """Verifies tokens of one use, of several pools, and remembers what it has verified."""

    def __init__(
        self,
        pools: Sequence[UserPool],
        *,
        token_use: TokenUse = "access",
        leeway: int = 5,
        revocations: Revocations | None = None,
        remembered: int = 10_000,
    ) -> None:
        """Accept tokens of ``pools``.

        ``leeway`` is the seconds that Cognito's clock may be ahead of ours, for iat, nbf and auth_time; exp is never
        stretched. ``remembered`` bounds the verified tokens that are kept, by digest; each is kept until its exp.
        Raises ``ValueError`` for two pools of one issuer.
        """
        self._pools = {pool.issuer: pool for pool in pools}
        if len(self._pools) < len(pools):
            message = "an issuer is given twice; give one pool of it, with all its clients"
            raise ValueError(message)
        self._token_use: TokenUse = token_use
        self._leeway = leeway
        self._revocations = revocations or Revocations()
        self._remembered = remembered
        # Not a dict: finding its oldest again and again takes ever longer.
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str, *, fail_closed: bool | None = None) -> Principal:
        """Return who ``token`` speaks for.

        Raises ``TokenRefused`` for a token that does not count, ``KeysUnavailable`` when no keys can be had, and
        ``RevocationsUnavailable`` when the store of revocations is out of reach and that is to fail closed; without
        ``fail_closed`` the revocations decide on that.
        """
        if len(token) > LARGEST_TOKEN:
            raise TokenMalformed(f"at most {LARGEST_TOKEN} characters", len(token))
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest)
        # A key that the pool has dropped, or exchanged, takes its tokens along.
        if known is None or known[1].known(known[2]) is not known[3]:
            known = await self._verify(token)
            self._remember(digest, known)
        principal = known[0]
        if time.time() >= principal.expires_at:
            self._verified.pop(digest, None)
            raise TokenExpired("exp in the future", principal.expires_at)
        if self._revocations.revokes(principal, fail_closed=fail_closed):
            raise TokenRevoked("a session that has not ended", principal.origin_jti)
        return principal

    async def _verify(self, token: str) -> _Verified:
        parsed = parse(token)
        pool = self._pool_of(parsed.claims)
        principal = principal_of(parsed.claims, self._token_use, time.time(), self._leeway)
        if principal.client_id not in pool.client_ids:
            raise ClientRefused(f"one of {len(pool.client_ids)} clients", principal.client_id)
        key = pool.keys.known(parsed.kid) or await pool.keys.get(parsed.kid)
        if key is None:
            raise KeyUnknown("a key of the pool", parsed.kid)
        if not key.signed(parsed.signed, parsed.signature):
            raise SignatureInvalid("the pool's signature")
        return principal, pool.keys, parsed.kid, key

    def _pool_of(self, claims: dict[str, Any]) -> UserPool:
        issuer = required(claims, "iss", str)
        pool = self._pools.get(issuer)
        if pool is None:
            raise IssuerRefused(f"one of {sorted(self._pools)}", issuer)
        return pool

    def _remember(self, digest: bytes, known: _Verified) -> None:
        self._verified[digest] = known
        if len(self._verified) > self._remembered:
            self._verified.popitem(last=False)
