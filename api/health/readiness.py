"""Whether this process can serve: the pool answers, and it accepts this client."""

from time import monotonic

import aiohttp

_PROBE_SECONDS = 2.0
_PROBE_LIFE = 10.0
_MISCONFIGURATION_LIFE = 60.0


class Readiness:
    """Remembers the last probe for 10 s, and a misconfiguration that a request met for 60 s."""

    def __init__(self, session: aiohttp.ClientSession, jwks_url: str) -> None:
        """Probe ``jwks_url``: it is public, unmetered, and names the pool."""
        self._session = session
        self._jwks_url = jwks_url
        self._probed_at = float("-inf")
        self._misconfigured_at = float("-inf")
        self._unreachable: str | None = None

    def record_misconfiguration(self) -> None:
        """Note that Cognito refused this client, its secret or its settings."""
        self._misconfigured_at = monotonic()

    async def reason(self) -> str | None:
        """Return why this process is not ready, or nothing when it is."""
        now = monotonic()
        if now - self._misconfigured_at < _MISCONFIGURATION_LIFE:
            return "The identity provider refuses this service's configuration; see the log."
        if now - self._probed_at >= _PROBE_LIFE:
            self._probed_at = now
            self._unreachable = await self._probe()
        return self._unreachable

    async def _probe(self) -> str | None:
        timeout = aiohttp.ClientTimeout(total=_PROBE_SECONDS)
        try:
            async with self._session.get(self._jwks_url, timeout=timeout, allow_redirects=False) as response:
                if response.status == 200:  # noqa: PLR2004 - HTTP
                    return None
                return f"The user pool's keys cannot be had: HTTP {response.status}."
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"The user pool cannot be reached: {type(error).__name__}."
