"""Marks that several processes must agree on: sets of short texts by key, in memory or in Redis.

Unlike counts they are never guessed: a store that cannot be asked is an error. They stay until they are
removed, so no policy of Redis that spares keys without expiry evicts one.
"""

from collections import defaultdict
from typing import Protocol

from api.abuse_protection.limiter_storage import UNKNOWN_STORAGE
from api.errors import ConfigurationError


class Marks(Protocol):
    """Sets by key. Each method raises ``MarksUnavailable`` when the store does not say that it is done."""

    async def add(self, key: str, *marks: str) -> None:
        """Set marks more."""
        ...

    async def remove(self, key: str, *marks: str) -> None:
        """Take marks away, where they are there."""
        ...

    async def clear(self, key: str) -> None:
        """Take every mark away."""
        ...

    async def of(self, key: str) -> frozenset[str]:
        """Return the marks of ``key``."""
        ...

    async def aclose(self) -> None:
        """Close the connections to the store."""
        ...


def open_marks(uri: str, pool_id: str) -> Marks:
    """Keep marks at ``uri``: ``memory://``, ``redis://host:6379`` or ``rediss://...``; raise ``ConfigurationError``.

    Keys are hashed with ``pool_id``, so that a store holds no address. A secret would hide them better, and with its
    rotation every mark would be lost.
    """
    if uri == "memory://":
        return _MemoryMarks()
    from api.state.redis_marks import RedisMarks  # noqa: PLC0415 - loaded where it is used

    try:
        return RedisMarks(uri, pool_id)
    except ValueError as error:
        raise ConfigurationError(UNKNOWN_STORAGE) from error


class _MemoryMarks:
    def __init__(self) -> None:
        self._marks: defaultdict[str, set[str]] = defaultdict(set)

    async def add(self, key: str, *marks: str) -> None:
        self._marks[key].update(marks)

    async def remove(self, key: str, *marks: str) -> None:
        left = self._marks.pop(key, set()) - set(marks)
        if left:
            self._marks[key] = left

    async def clear(self, key: str) -> None:
        self._marks.pop(key, None)

    async def of(self, key: str) -> frozenset[str]:
        return frozenset(self._marks.get(key, ()))

    async def aclose(self) -> None:
        """Nothing is open."""
