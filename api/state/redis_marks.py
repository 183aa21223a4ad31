"""Marks in Redis, which must keep its data over a restart (appendonly)."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from redis.exceptions import RedisError

from api.errors import MarksUnavailable
from api.kit.keyed_hash import hashed_key
from cognito_tokens.stores.redis import client_of

T = TypeVar("T")

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.5


class RedisMarks:
    """``api.state.marks.Marks`` in sets of Redis without expiry."""

    def __init__(self, uri: str, pool_id: str) -> None:
        """Connect to ``uri`` when first used; raise ``ValueError`` for no URL of Redis."""
        self._redis = client_of(uri)
        self._pool_id = pool_id

    async def add(self, key: str, *marks: str) -> None:
        """Set marks more."""
        await _answered(self._redis.sadd(self._name(key), *marks))

    async def remove(self, key: str, *marks: str) -> None:
        """Take marks away, where they are there."""
        await _answered(self._redis.srem(self._name(key), *marks))

    async def clear(self, key: str) -> None:
        """Take every mark away."""
        await _answered(self._redis.delete(self._name(key)))

    async def of(self, key: str) -> frozenset[str]:
        """Return the marks of ``key``."""
        return frozenset(await _answered(self._redis.smembers(self._name(key))))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _name(self, key: str) -> str:
        return "sign-in:marks:" + hashed_key(self._pool_id, key)


async def _answered(question: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_REDIS_SECONDS):
            return await question
    except (RedisError, TimeoutError, OSError) as error:
        logger.warning("the marks' store cannot be asked: %s", type(error).__name__)
        raise MarksUnavailable from error
