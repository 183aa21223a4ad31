"""Revocations in a Redis stream: appended with the server's time, read from where one stopped.

The server should keep its data over a restart (appendonly); a process that runs has all in memory anyway.
"""

import time
from typing import Any

from redis.asyncio import Redis

from api.tokens.revocations import LONGEST_LIFE, Revocation, read_entry

_KEY = "sign-in:revocations"
_SOCKET_SECONDS = 1.0
_PAGE = 1000


class RedisRevocationStore:
    """One stream; entries older than the longest life of a token are cut off as others are added."""

    def __init__(self, url: str) -> None:
        """Connect to ``redis://host:port/db`` or ``rediss://...`` when first used; raise ``ValueError`` for no URL."""
        self._redis: Any = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its options are not typed
            url, socket_timeout=_SOCKET_SECONDS, socket_connect_timeout=_SOCKET_SECONDS, decode_responses=True
        )
        self._last = "-"

    async def add(self, revocation: Revocation) -> None:
        """Append."""
        oldest = int((time.time() - LONGEST_LIFE) * 1000)
        fields: dict[Any, Any] = {name: str(value) for name, value in revocation._asdict().items()}
        await self._redis.xadd(_KEY, fields, minid=oldest)
        await self._redis.expire(_KEY, LONGEST_LIFE)

    async def read(self) -> list[Revocation]:
        """Return what was appended since the last call."""
        found: list[Revocation] = []
        last = self._last
        while page := await self._redis.xrange(_KEY, min=last, count=_PAGE):
            found += [revocation for _, fields in page if (revocation := read_entry(fields))]
            last = f"({page[-1][0]}"
        # Only now: what a fault cuts off is read again.
        self._last = last
        return found

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
