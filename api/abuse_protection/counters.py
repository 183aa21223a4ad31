"""Rate-limit counters: windows that begin with their first event, in memory or shared by several processes in Redis.

While Redis cannot be used, each process counts by itself: sign-in continues, and limits still apply.
"""

import asyncio
import logging
import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from api.errors import ConfigurationError
from api.kit.causes import store_cause
from api.kit.keyed_hash import hashed_key

T = TypeVar("T")

logger = logging.getLogger(__name__)

_UNKNOWN_STORAGE = "RATE_LIMIT_STORAGE must be memory://, redis://host:port or rediss://host:port."
_REDIS_SECONDS = 0.4
# Pause after the store could not be used, so that its time-outs do not add up.
_AWAY_SECONDS = 1.0
# The oldest windows beyond this number are dropped, by length, and apart for attempts and wrong guesses: a flood of
# attempts forgets no wrong guess. 15 MB each.
_MOST_WINDOWS = 50_000
# [count, end] of no window.
_NONE = (0, float("-inf"))


class Window(NamedTuple):
    """At most ``limit`` events with one key in ``seconds``.

    ``counts``: whether an attempt is such an event; ``kind`` is that of the events (``attempts`` or ``failures``).
    """

    key: str
    limit: int
    seconds: int
    counts: bool = True
    kind: str = "attempts"


class Full(NamedTuple):
    """The first window, by its place, that leaves no room for an attempt, and the seconds until it ends."""

    place: int
    retry_after: int


class Counters(Protocol):
    """A store of counts. ``hit`` and ``change`` are atomic."""

    async def hit(self, windows: Sequence[Window]) -> Full | None:
        """Count an attempt in all windows that count it, or in none if one of them is full."""
        ...

    async def change(self, windows: Sequence[Window], by: int) -> None:
        """Add ``by`` to the counts; a negative number changes only windows that are open."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class MemoryCounters:
    """Counters of this process, one ordered dictionary per length and kind, so that the first windows end first."""

    def __init__(self) -> None:
        """Start empty."""
        # [count, end] by key.
        self._windows: defaultdict[tuple[int, str], OrderedDict[str, list[float]]] = defaultdict(OrderedDict)

    async def hit(self, windows: Sequence[Window]) -> Full | None:
        """Count an attempt in all windows that count it, or in none if one of them is full."""
        now = time.monotonic()
        for index, window in enumerate(windows):
            count, end = self._windows[window.seconds, window.kind].get(window.key, _NONE)
            if end > now and count >= window.limit:
                return Full(index, math.ceil(end - now))
        self._change([window for window in windows if window.counts], 1, now)
        return None

    async def change(self, windows: Sequence[Window], by: int) -> None:
        """Add ``by`` to the counts; a negative number changes only windows that are open."""
        self._change(windows, by, time.monotonic())

    async def aclose(self) -> None:
        """Nothing is open."""

    def _change(self, windows: Sequence[Window], by: int, now: float) -> None:
        for window in windows:
            kept = self._windows[window.seconds, window.kind]
            entry = kept.get(window.key)
            if entry and entry[1] > now:
                entry[0] += by
                if entry[0] <= 0:
                    # A window without events would only take the place of others.
                    del kept[window.key]
            elif by > 0:
                kept.pop(window.key, None)
                kept[window.key] = [by, now + window.seconds]
                _prune(kept, now)


class RateLimitCounters:
    """Counts in the configured store; keys are hashed with ``secret``, so that a store never contains an address."""

    def __init__(self, uri: str, secret: str) -> None:
        """Count in the store at ``uri``: ``memory://``, ``redis://host:6379`` or ``rediss://...``.

        Raises ``ConfigurationError`` for any other URI.
        """
        self._secret = secret
        self._own = MemoryCounters()
        self._shared = _open(uri, self._own)
        self._away_until = float("-inf")

    def key(self, *parts: str) -> str:
        """Return the key of a window."""
        return hashed_key(self._secret, *parts)

    async def hit(self, windows: Sequence[Window]) -> Full | None:
        """Count an attempt in all windows that count it, or in none if one of them is full; return that one."""
        return await self._ask(lambda counters: counters.hit(windows))

    async def change(self, windows: Sequence[Window], by: int) -> None:
        """Add ``by`` to the counts."""
        if windows:
            await self._ask(lambda counters: counters.change(windows, by))

    async def aclose(self) -> None:
        """Close the connections to the store."""
        await self._shared.aclose()

    async def _ask(self, question: Callable[[Counters], Awaitable[T]]) -> T:
        if self._shared is not self._own and time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(_REDIS_SECONDS):
                    return await question(self._shared)
            except Exception as error:  # noqa: BLE001 - no failure of a store's client may fail a request
                logger.warning(
                    "the rate-limit store cannot be used (%s); this process counts by itself", store_cause(error)
                )
                self._away_until = time.monotonic() + _AWAY_SECONDS
        return await question(self._own)


def _prune(kept: OrderedDict[str, list[float]], now: float) -> None:
    while len(kept) > _MOST_WINDOWS or next(iter(kept.values()))[1] <= now:
        kept.popitem(last=False)


def _open(uri: str, own: MemoryCounters) -> Counters:
    if uri == "memory://":
        return own
    from api.abuse_protection.redis_counters import RedisCounters  # noqa: PLC0415 - imported where it is used

    try:
        return RedisCounters(uri)
    except ValueError as error:
        raise ConfigurationError(_UNKNOWN_STORAGE) from error
