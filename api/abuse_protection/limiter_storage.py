"""Rate-limit counters, in memory or shared by several processes in Redis.

While Redis cannot be reached, each process counts by itself: sign-in continues, and limits still apply.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError as LimitsConfigurationError
from limits.errors import StorageError
from limits.storage import storage_from_string

from api.errors import ConfigurationError
from api.kit.keyed_hash import hashed_key

T = TypeVar("T")

logger = logging.getLogger(__name__)

_UNKNOWN_STORAGE = "RATE_LIMIT_STORAGE must be memory://, redis://host:port or rediss://host:port."
_REDIS_SECONDS = 0.4
# Pause after the store could not be reached, so that its time-outs do not add up.
_AWAY_SECONDS = 1.0
# The library limits scans all keys at each event, which takes 6 ms with 60,000 keys.
_PRUNING_SECONDS = 10.0


class RateLimitCounters:
    """Sliding windows by key; keys are hashed with ``secret``, so that a store never contains an address."""

    def __init__(self, uri: str, secret: str) -> None:
        """Count in the store at ``uri``: ``memory://``, ``redis://host:6379`` or ``rediss://...``.

        Raises ``ConfigurationError`` for any other URI.
        """
        self._secret = secret
        self._own = _MemoryStorage()
        self._shared = _open(uri) if uri != "memory://" else self._own
        self._away_until = float("-inf")

    async def hit(self, limit: str, *key: str) -> int | None:
        """Count an event; return the seconds to wait when it exceeds ``limit`` (``20/minute``), else None."""
        item, hashed = _item(limit), hashed_key(self._secret, *key)
        return await self._ask(lambda storage: _hit(storage, item, hashed))

    async def aclose(self) -> None:
        """Close the connections to the store."""
        if isinstance(self._shared, RedisStorage):
            # limits has no method for this; its bridge to redis-py keeps the client in `storage`.
            bridge: Any = self._shared.bridge
            await bridge.storage.aclose()

    async def _ask(self, question: Callable[[Storage], Awaitable[T]]) -> T:
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(_REDIS_SECONDS):
                    return await question(self._shared)
            except (StorageError, TimeoutError):
                logger.warning("the rate-limit store cannot be reached; this process counts by itself")
                self._away_until = time.monotonic() + _AWAY_SECONDS
        return await question(self._own)


class _MemoryStorage(MemoryStorage):
    """Prunes expired keys every 10 s instead of at each event; lookups check the expiry themselves."""

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        if self.timer is None or self.timer.done():
            # limits does not start its own pruning while its `timer` is running.
            self.timer = asyncio.create_task(self._prune())
        return await super().incr(key, expiry, amount)

    async def _prune(self) -> None:
        await asyncio.sleep(_PRUNING_SECONDS)
        for key in list(self.expirations):
            await self.get(key)


_item = cache(parse)


async def _hit(storage: Storage, item: RateLimitItem, key: str) -> int | None:
    limiter = SlidingWindowCounterRateLimiter(storage)
    if await limiter.hit(item, key):
        return None
    window = await limiter.get_window_stats(item, key)
    return max(1, math.ceil(window.reset_time - time.time()))


def _open(uri: str) -> Storage:
    try:
        # No socket_timeout: redis-py would use asyncio.wait_for, which may swallow a cancellation in Python 3.11.
        storage = storage_from_string(f"async+{uri}", implementation="redispy", wrap_exceptions=True)
    except (LimitsConfigurationError, ValueError) as error:
        raise ConfigurationError(_UNKNOWN_STORAGE) from error
    assert isinstance(storage, Storage)  # noqa: S101 - async+ guarantees it
    return storage
