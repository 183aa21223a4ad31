"""JWKS cache (RFC 7517): rate-limited refresh, stale-while-error, one fetch in flight.

A fetch has a short time-out and one retry. Unknown kids cause a fetch at most every ten seconds, across all callers: a
rotated key is known within that time, and a flood of invented kids causes no load.
"""

import asyncio
import json
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from cognito_tokens import strict_json
from cognito_tokens.errors import KeysUnavailable
from cognito_tokens.http_client import HttpClient, cause_of
from cognito_tokens.parsing import decode
from cognito_tokens.verifier import UserPool

if TYPE_CHECKING:
    from cognito_tokens.signatures import RsaKey

logger = logging.getLogger(__name__)

_FETCH_SECONDS = 2.0
_SENDS = 2
_FRESH_SECONDS = 900.0
_UNKNOWN_SECONDS = 10.0
_FAILED_SECONDS = 1.0
_LARGEST_BODY = 64 * 1024
_MOST_KEYS = 32
_LEAST_BITS, _MOST_BITS = 2048, 4096


class Jwks:
    """The keys at one URL, fetched on first use. It needs no start and no stop."""

    def __init__(self, client: HttpClient, *, unknown_seconds: float = _UNKNOWN_SECONDS) -> None:
        """Fetch from the URL of ``client``, and for unknown kids again at most every ``unknown_seconds``."""
        self._client = client
        self._head = client.head("GET", "", {"User-Agent": "cognito-sign-in", "Accept": "application/json"})
        self._unknown_seconds = unknown_seconds
        self._keys: dict[str, RsaKey] = {}
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._flight: asyncio.Task[None] | None = None

    @property
    def age(self) -> float:
        """Seconds since the keys were fetched, infinite before that."""
        return monotonic() - self._fetched_at

    def get_cached(self, kid: str) -> "RsaKey | None":
        """Return the cached key of ``kid``, if any; refresh keys older than 15 minutes in the background."""
        if monotonic() - self._fetched_at > _FRESH_SECONDS and self._may_fetch(_FRESH_SECONDS):
            self._start()
        return self._keys.get(kid)

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, fetching it if necessary; raise ``KeysUnavailable`` if that fails."""
        if kid not in self._keys and (self._flight or self._may_fetch(self._unknown_seconds)):
            # Shielded: a cancelled caller must not cancel the fetch that others await.
            await asyncio.shield(self._flight or self._start())
        # After a failed fetch, an unknown kid may be that of a new key.
        just_failed = monotonic() - self._failed_at < self._unknown_seconds and self._failed_at > self._fetched_at
        if not self._keys or (kid not in self._keys and just_failed):
            raise KeysUnavailable
        return self._keys.get(kid)

    def _may_fetch(self, age: float) -> bool:
        now = monotonic()
        pause = _FAILED_SECONDS if not self._keys else self._unknown_seconds
        return now - self._fetched_at >= age and now - self._failed_at >= pause

    def _start(self) -> "asyncio.Task[None]":
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._fetch())
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, _: "asyncio.Task[None]") -> None:
        self._flight = None

    async def _fetch(self) -> None:
        for _ in range(_SENDS):
            try:
                async with asyncio.timeout(_FETCH_SECONDS):
                    response = await self._client.exchange(self._head)
                keys = read_jwks(response.body) if response.status == 200 else {}  # noqa: PLR2004 - HTTP
            except Exception as error:  # noqa: BLE001 - any failure means no new keys and a pause
                logger.warning("JWKS fetch failed: %s", cause_of(error))
                continue
            if keys:
                # A key that the pool has removed is removed here too: it may have been stolen.
                self._keys, self._fetched_at = keys, monotonic()
                return
            logger.warning("JWKS fetch failed: HTTP %s without a usable key", response.status)
        self._failed_at = monotonic()


def user_pool(issuer: str, *client_ids: str, jwks_url: str | None = None) -> UserPool:
    """Return the user pool of ``issuer``, with keys fetched from its JWKS endpoint.

    Args:
        issuer: The exact ``iss`` of the tokens: ``https://cognito-idp.<region>.amazonaws.com/<pool id>``.
        *client_ids: The app clients from which tokens are accepted.
        jwks_url: The URL of the JWKS; ``<issuer>/.well-known/jwks.json`` by default.
    """
    keys = Jwks(HttpClient(jwks_url or f"{issuer}/.well-known/jwks.json"))
    return UserPool(issuer, frozenset(client_ids), keys)


class StaticJwks:
    """The keys of a given JWKS document, for offline use and tests."""

    def __init__(self, document: bytes | dict[str, Any]) -> None:
        """Load the keys of a JWKS document, as bytes or parsed; raise ``ValueError`` if none is usable."""
        self._keys = read_jwks(document if isinstance(document, bytes) else json.dumps(document).encode())
        if not self._keys:
            message = "the JWKS document has no RSA key of 2048 to 4096 bits for RS256"
            raise ValueError(message)

    def get_cached(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, if any."""
        return self._keys.get(kid)

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, if any; nothing is fetched."""
        return self._keys.get(kid)


def read_jwks(body: bytes) -> "dict[str, RsaKey]":
    """Return the usable keys of a JWKS document by kid; raise ``ValueError`` if it is not a JWKS document."""
    if len(body) > _LARGEST_BODY:
        message = "the JWKS document is larger than 64 KiB"
        raise ValueError(message)
    document = strict_json.loads(body)
    if not strict_json.is_object(document) or not isinstance(document.get("keys"), list):
        message = "the JWKS document is not a JSON object with a list of keys"
        raise ValueError(message)
    keys: dict[str, RsaKey] = {}
    ambiguous: set[str] = set()
    for jwk in document["keys"][:_MOST_KEYS]:
        key = _read_key(jwk)
        if key is not None:
            kid = jwk["kid"]
            # Two keys with the same kid are ambiguous, so neither is used.
            ambiguous |= {kid} if kid in keys else set()
            keys[kid] = key
    return {kid: key for kid, key in keys.items() if kid not in ambiguous}


def _read_key(jwk: object) -> "RsaKey | None":
    """Return the key, or ``None`` unless it is an RSA signature key of 2048 to 4096 bits with a kid."""
    from cognito_tokens.signatures import RsaKey  # noqa: PLC0415 - imported with the first key

    if not strict_json.is_object(jwk) or not isinstance(jwk.get("kid"), str):
        return None
    fits = jwk.get("kty") == "RSA" and jwk.get("use", "sig") == "sig" and jwk.get("alg", "RS256") == "RS256"
    operations: Any = jwk.get("key_ops", ["verify"])
    if not fits or "d" in jwk or not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        modulus, exponent = (int.from_bytes(decode(jwk[name])) for name in ("n", "e"))
        if not _LEAST_BITS <= modulus.bit_length() <= _MOST_BITS or not 2**16 < exponent < 2**32:
            return None
        return RsaKey(modulus, exponent)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
