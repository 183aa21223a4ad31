"""State in Redis, for several hosts.

The server must persist its data and must not evict keys without expiry: marks have none, all other keys do.
"""

import time
from collections.abc import Collection

from api.state.address_store import SIGN_UP_SECONDS, AddressRecord, Name
from cognito_tokens.stores.redis import client_of

# One command in place of a transaction of five: a quarter of the client's CPU time of a sign-in.
_READ = """
return {
    redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('GET', KEYS[3]) or '',
    redis.call('GET', KEYS[4]) or '', redis.call('TTL', KEYS[4])
}
"""


class RedisAddressStore:
    """``AddressStore`` in four keys per address: hashes for sign-ups and marks, strings for the other records."""

    def __init__(self, url: str) -> None:
        """Connect to ``url`` on first use; raise ``ValueError`` unless it is a Redis URL."""
        self._redis = client_of(url)
        self._read = self._redis.register_script(_READ)

    async def read(self, key: str) -> AddressRecord:
        """Return what is known."""
        names = [_key(key, name) for name in ("sign-up", "marks", "accepted", "sub")]
        sign_up, marks, accepted, sub, seconds = await self._read(keys=names)
        found = _pairs(sign_up)
        return AddressRecord(
            found.get("first", ""),
            int(found.get("attempts", 0)),
            accepted or "",
            {mark: int(until) for mark, until in _pairs(marks).items()},
            sub or None,
            time.time() + seconds if sub else 0.0,
        )

    async def count_attempt(self, key: str, attempt: str) -> None:
        """Add a sign-up attempt."""
        name = _key(key, "sign-up")
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hsetnx(name, "first", attempt).hincrby(name, "attempts", 1).expire(name, SIGN_UP_SECONDS)
            await pipe.execute()

    async def put(self, key: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record."""
        await self._redis.set(_key(key, name), value, ex=max(1, int(expires_at - time.time())))

    async def delete(self, key: str, name: Name) -> None:
        """Remove a record."""
        await self._redis.delete(_key(key, name))

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        """Add or change a mark."""
        await self._redis.hset(_key(key, "marks"), mark, str(until))

    async def remove_marks(self, key: str, marks: Collection[str]) -> None:
        """Remove marks."""
        await self._redis.hdel(_key(key, "marks"), *marks)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _key(key: str, name: str) -> str:
    return f"sign-in:address:{key}:{name}"
