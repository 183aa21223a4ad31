"""Readiness: the user pool is reachable and accepts this client, and the state store accepts writes."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from cognito_tokens.http_client import HttpClient, HttpError, cause_of
from cognito_tokens.revocations import Revocations

_PROBE_SECONDS = 2.0
_PROBE_LIFE = 10.0
_MISCONFIGURATION_LIFE = 60.0


class Readiness:
    """Caches the last probe for 10 s, and reports a misconfiguration for 60 s after a request found it."""

    def __init__(
        self, keys: HttpClient, probe_state: Callable[[], Awaitable[str | None]], revocations: Revocations
    ) -> None:
        """Probe the state store and the pool's JWKS: its URL is public, not rate-limited, and contains the pool id.

        ``probe_state`` returns why the store cannot be used, or ``None`` if it can.
        """
        self._keys = keys
        self._probe_state = probe_state
        self._revocations = revocations
        self._head = keys.head("GET", "", {"User-Agent": "cognito-sign-in"})
        self._probed_at = float("-inf")
        self._misconfigured_at = float("-inf")
        self._unreachable: str | None = None
        self._probing = asyncio.Lock()

    def record_misconfiguration(self) -> None:
        """Record that Cognito does not know this client, or rejects its secret."""
        self._misconfigured_at = monotonic()

    async def reason(self) -> str | None:
        """Return why this process is not ready, or ``None`` if it is."""
        if monotonic() - self._misconfigured_at < _MISCONFIGURATION_LIFE:
            return "The identity provider does not accept this service's app client or its secret; see the log."
        async with self._probing:
            if monotonic() - self._probed_at >= _PROBE_LIFE:
                self._unreachable = await self._probe() or await self._probe_state() or self._unshared_revocations()
                self._probed_at = monotonic()
            return self._unreachable

    def _unshared_revocations(self) -> str | None:
        if self._revocations.is_current:
            return None
        return "Log-outs are not shared with the other processes: the state store does not take or give revocations."

    async def _probe(self) -> str | None:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                response = await self._keys.exchange(self._head)
        except (HttpError, TimeoutError) as error:
            return f"The user pool cannot be reached: {cause_of(error)}."
        if response.status == 200:  # noqa: PLR2004 - HTTP
            return None
        return f"The user pool's keys could not be fetched: HTTP {response.status}."
