"""Marks that several processes must agree on: sets of short texts by key, in memory or in Redis.

Unlike counts they are never guessed: a store that cannot be asked is an error. They have no end but the one that they
are given, so no policy of Redis that spares keys without expiry evicts one.
"""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

from api.counters import UNKNOWN_STORAGE
from api.errors import ConfigurationError, MarksUnavailable

T = TypeVar("T")

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.5


class Marks(Protocol):
    """Sets by key. Each method raises ``MarksUnavailable`` when the store does not say that it is done."""

    async def add(self, key: str, mark: str) -> None:
        """Set one mark more."""
        ...

    async def remove(self, key: str, mark: str) -> None:
        """Take one mark away, if it is there."""
        ...

    async def replace(self, key: str, *marks: str) -> None:
        """Set these marks and no others."""
        ...

    async def of(self, key: str) -> frozenset[str]:
        """Return the marks of ``key``."""
        ...

    async def aclose(self) -> None:
        """Close the connections to the store."""
        ...


def open_marks(uri: str, secret: str) -> Marks:
    """Keep marks at ``uri``: ``memory://``, ``redis://host:6379`` or ``rediss://...``; raise ``ConfigurationError``.

    Keys are hashed with ``secret``, so that a store never holds an address.
    """
    if uri == "memory://":
        return _MemoryMarks()
    try:
        return _RedisMarks(uri, secret.encode())
    except ValueError as error:
        raise ConfigurationError(UNKNOWN_STORAGE) from error


class _MemoryMarks:
    def __init__(self) -> None:
        self._marks: defaultdict[str, set[str]] = defaultdict(set)

    async def add(self, key: str, mark: str) -> None:
        self._marks[key].add(mark)

    async def remove(self, key: str, mark: str) -> None:
        await self.replace(key, *(await self.of(key) - {mark}))

    async def replace(self, key: str, *marks: str) -> None:
        self._marks.pop(key, None)
        if marks:
            self._marks[key] = set(marks)

    async def of(self, key: str) -> frozenset[str]:
        return frozenset(self._marks.get(key, ()))

    async def aclose(self) -> None:
        """Nothing is open."""


class _RedisMarks:
    def __init__(self, uri: str, secret: bytes) -> None:
        from redis.asyncio import Redis  # noqa: PLC0415 - loaded where it is used

        # No socket_timeout: redis-py would send by asyncio.wait_for, which in Python 3.11 may swallow a cancellation.
        self._redis: Any = Redis.from_url(uri, decode_responses=True)  # pyright: ignore[reportUnknownMemberType] - its options are not typed
        self._secret = secret[:64]

    async def add(self, key: str, mark: str) -> None:
        await _answered(self._redis.sadd(self._name(key), mark))

    async def remove(self, key: str, mark: str) -> None:
        await _answered(self._redis.srem(self._name(key), mark))

    async def replace(self, key: str, *marks: str) -> None:
        name = self._name(key)
        commands = self._redis.pipeline(transaction=True).delete(name)
        await _answered((commands.sadd(name, *marks) if marks else commands).execute())

    async def of(self, key: str) -> frozenset[str]:
        return frozenset(await _answered(self._redis.smembers(self._name(key))))

    async def aclose(self) -> None:
        await self._redis.aclose()

    def _name(self, key: str) -> str:
        return "sign-in:marks:" + hashlib.blake2b(key.encode(), key=self._secret, digest_size=16).hexdigest()


async def _answered(question: Awaitable[T]) -> T:
    from redis.exceptions import RedisError  # noqa: PLC0415 - loaded where it is used

    try:
        async with asyncio.timeout(_REDIS_SECONDS):
            return await question
    except (RedisError, TimeoutError, OSError) as error:
        logger.warning("the marks' store cannot be asked: %s", type(error).__name__)
        raise MarksUnavailable from error
