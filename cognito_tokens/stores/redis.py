"""Revocation store in Redis streams: entries have the server's time as ID, and reads resume after the last ID.

The server should persist its data (``appendonly``); running processes have all revocations in memory anyway.
"""

import time
from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis

from cognito_tokens.revocations import LONGEST_LIFE, SESSION_LIFE, Revocation, read_entry

_RECENT = "sign-in:revocations"
# Entries that outlive access tokens are here too; read once, at start-up.
_LASTING = "sign-in:revocations:lasting"
_PAGE = 1000


def client_of(url: str) -> Any:  # noqa: ANN401 - the commands of redis-py are not typed
    """Return a client that connects to ``url`` on first use; raise ``ValueError`` unless it is a Redis URL."""
    # No socket_timeout: redis-py would send with asyncio.wait_for, which may swallow a cancellation in Python 3.11.
    return Redis.from_url(url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType] - its options are not typed


class RedisRevocationStore:
    """Revocation store in two Redis streams; a write trims the entries that have outlived all tokens concerned."""

    def __init__(self, url: str, session_seconds: int = SESSION_LIFE) -> None:
        """Connect to ``redis://host:port/db`` or ``rediss://...`` on first use; raise ``ValueError`` otherwise."""
        self._redis = client_of(url)
        self._lives = {_LASTING: max(session_seconds, LONGEST_LIFE), _RECENT: LONGEST_LIFE}
        self._read_until = {_LASTING: "-", _RECENT: "-"}

    async def add(self, revocation: Revocation) -> None:
        """Append ``revocation``."""
        now = time.time()
        if revocation.expires_at > now + LONGEST_LIFE:
            await self._append(_LASTING, revocation, now)
        await self._append(_RECENT, revocation, now)

    async def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield the entries appended since the last call."""
        for stream in list(self._read_until):
            while page := await self._redis.xrange(stream, min=self._read_until[stream], count=_PAGE):
                yield [revocation for _, fields in page if (revocation := read_entry(fields))]
                self._read_until[stream] = f"({page[-1][0]}"
        self._read_until.pop(_LASTING, None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _append(self, stream: str, revocation: Revocation, now: float) -> None:
        fields: dict[Any, Any] = {name: str(value) for name, value in revocation._asdict().items()}
        await self._redis.xadd(stream, fields, minid=int((now - self._lives[stream]) * 1000))
        # With an expiry, a full server with a `volatile-*` policy could evict the stream, and log-outs would end.
        await self._redis.persist(stream)
