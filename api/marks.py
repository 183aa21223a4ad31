"""Marks that several processes must agree on: sets of short texts by key, in memory or in Redis.

Unlike counts they are never guessed: a store that cannot be asked is an error. They have no end but the one that they
are given, so no policy of Redis that spares keys without expiry evicts one.
"""

from collections import defaultdict
from typing import Protocol

from api.counters import UNKNOWN_STORAGE
from api.errors import ConfigurationError


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
    from api.redis_marks import RedisMarks  # noqa: PLC0415 - loaded where it is used

    try:
        return RedisMarks(uri, secret)
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
