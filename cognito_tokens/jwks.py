"""A pool's signing keys (RFC 7517): fetched seldom, served while stale, never the way to wear the pool out.

A fetch has one flight at a time, a short time-out and one retry. Unknown kids fetch at most every ten seconds, whoever
sends them, so a rotated key is known within that and a flood of invented ones costs nothing.
"""

import asyncio
import json
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from cognito_tokens import strict_json
from cognito_tokens.errors import KeysUnavailable
from cognito_tokens.http_client import HttpClient
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
    """The keys at one URL. It needs no start and no stop; it fetches when it is first asked."""

    def __init__(self, client: HttpClient, *, unknown_seconds: float = _UNKNOWN_SECONDS) -> None:
        """Fetch the URL of ``client``; ask again for an unknown kid after ``unknown_seconds``."""
        self._client = client
        self._head = client.head("GET", "", {"User-Agent": "cognito-sign-in", "Accept": "application/json"})
        self._unknown_seconds = unknown_seconds
        self._keys: dict[str, RsaKey] = {}
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._flight: asyncio.Task[None] | None = None

    def known(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid`` if it is at hand; keys of a certain age are renewed beside that."""
        if monotonic() - self._fetched_at > _FRESH_SECONDS and self._may_fetch(_FRESH_SECONDS):
            self._start()
        return self._keys.get(kid)

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``, fetched if that may help; raise ``KeysUnavailable`` when there are no keys."""
        if kid not in self._keys and (self._flight or self._may_fetch(self._unknown_seconds)):
            # Shielded: a caller who gives up takes nobody else's answer along.
            await asyncio.shield(self._flight or self._start())
        # A kid that a fetch has just failed to look for may be good.
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
            except Exception as error:  # noqa: BLE001 - whatever it is, there are no new keys, and the pause holds
                logger.warning("the pool's keys cannot be had: %s", type(error).__name__)
                continue
            if keys:
                # A key that the pool has dropped is dropped here: it may have been stolen.
                self._keys, self._fetched_at = keys, monotonic()
                return
            logger.warning("the pool's keys cannot be had: HTTP %s with no key that can be used", response.status)
        self._failed_at = monotonic()


def user_pool(issuer: str, *client_ids: str, jwks_url: str | None = None) -> UserPool:
    """Return the pool of ``issuer`` for tokens of ``client_ids``, with its keys from where Cognito has them."""
    keys = Jwks(HttpClient(jwks_url or f"{issuer}/.well-known/jwks.json"))
    return UserPool(issuer, frozenset(client_ids), keys)


class StaticJwks:
    """Keys that are given: for offline use and for tests."""

    def __init__(self, document: bytes | dict[str, Any]) -> None:
        """Take the keys of a JWKS document, as text or parsed; raise ``ValueError`` when none can be used."""
        self._keys = read_jwks(document if isinstance(document, bytes) else json.dumps(document).encode())
        if not self._keys:
            message = "the JWKS document has no RSA key of 2048 to 4096 bits for RS256"
            raise ValueError(message)

    def known(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``."""
        return self._keys.get(kid)

    async def get(self, kid: str) -> "RsaKey | None":
        """Return the key of ``kid``: there are no others."""
        return self._keys.get(kid)


def read_jwks(body: bytes) -> "dict[str, RsaKey]":
    """Return the usable keys of a JWKS document by kid; raise ``ValueError`` when it is none."""
    if len(body) > _LARGEST_BODY:
        message = "a JWKS document of more than 64 KiB"
        raise ValueError(message)
    document = strict_json.loads(body)
    if not strict_json.is_object(document) or not isinstance(document.get("keys"), list):
        message = "not a JWKS document"
        raise ValueError(message)
    keys: dict[str, RsaKey] = {}
    ambiguous: set[str] = set()
    for jwk in document["keys"][:_MOST_KEYS]:
        key = _read_key(jwk)
        if key is not None:
            kid = jwk["kid"]
            # Two keys of one kid: whose it is cannot be told.
            ambiguous |= {kid} if kid in keys else set()
            keys[kid] = key
    return {kid: key for kid, key in keys.items() if kid not in ambiguous}


def _read_key(jwk: object) -> "RsaKey | None":
    """Return the key; nothing for what is not an RSA signature key of a proper size, with a kid."""
    from cognito_tokens.signatures import RsaKey  # noqa: PLC0415 - not before there is a key

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
