"""Revocations in Redis streams: appended with the server's time, read from where one stopped.

The server should keep its data over a restart (appendonly); a process that runs has all in memory anyway.
"""

import time
from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis

from cognito_tokens.revocations import LONGEST_LIFE, SESSION_LIFE, Revocation, read_entry

_RECENT = "sign-in:revocations"
# What outlasts the access tokens is here too; read once, at the start.
_LASTING = "sign-in:revocations:lasting"
_PAGE = 1000


def client_of(url: str) -> Any:  # noqa: ANN401 - its commands are not typed
    """Return a client that connects to ``url`` when first used; raise ``ValueError`` for no URL of Redis."""
    # No socket_timeout: redis-py would send by asyncio.wait_for, which in Python 3.11 may swallow a cancellation.
    return Redis.from_url(url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType] - its options are not typed


class RedisRevocationStore:
    """Two streams; entries that no token can outlive are cut off as others are added."""

    def __init__(self, url: str, session_seconds: int = SESSION_LIFE) -> None:
        """Connect to ``redis://host:port/db`` or ``rediss://...`` when first used; raise ``ValueError`` for no URL."""
        self._redis = client_of(url)
        self._lives = {_LASTING: max(session_seconds, LONGEST_LIFE), _RECENT: LONGEST_LIFE}
        self._read_until = {_LASTING: "-", _RECENT: "-"}

    async def add(self, revocation: Revocation) -> None:
        """Append."""
        now = time.time()
        if revocation.expires_at > now + LONGEST_LIFE:
            await self._append(_LASTING, revocation, now)
        await self._append(_RECENT, revocation, now)

    async def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield what was appended since the last call."""
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
        await self._redis.expire(stream, self._lives[stream])
