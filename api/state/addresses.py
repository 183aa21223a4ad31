"""The records of addresses in the configured store, with a time limit, and with hashes in place of addresses."""

import asyncio
import logging
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import TypeVar

from api.errors import StateUnavailable
from api.kit.causes import store_cause
from api.kit.keyed_hash import hashed_key
from api.state.address_store import AddressRecord, AddressStore, Name

T = TypeVar("T")

logger = logging.getLogger(__name__)

_STORE_SECONDS = 2.0
_PROBE = "readiness"


@dataclass
class Addresses:
    """Records by address; every method raises ``StateUnavailable`` when the store does not acknowledge.

    Keys are hashes with the pool's id, so that a store contains no address. A secret would hide them better, but with
    its rotation every mark would be lost.
    """

    store: AddressStore
    pool_id: str
    # For readiness and logs: the scheme of STATE_STORE.
    kind: str
    is_up: bool = True
    """Whether the store answered the last call."""

    async def read(self, email: str) -> AddressRecord:
        """Return what is known of an address."""
        return await self._acknowledged(self.store.read(self._key(email)))

    async def count_attempt(self, email: str, attempt: str) -> None:
        """Add a sign-up attempt."""
        await self._acknowledged(self.store.count_attempt(self._key(email), attempt))

    async def put(self, email: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record."""
        await self._acknowledged(self.store.put(self._key(email), name, value, expires_at))

    async def delete(self, email: str, name: Name) -> None:
        """Remove a record."""
        await self._acknowledged(self.store.delete(self._key(email), name))

    async def set_mark(self, email: str, mark: str, until: int) -> None:
        """Add or change a mark."""
        await self._acknowledged(self.store.set_mark(self._key(email), mark, until))

    async def remove_marks(self, email: str, marks: Collection[str]) -> None:
        """Remove marks."""
        if marks:
            await self._acknowledged(self.store.remove_marks(self._key(email), marks))

    async def probe(self) -> str | None:
        """Write, remove and read a record; return why the store cannot be used, or ``None`` if it can."""
        try:
            await self.set_mark(_PROBE, _PROBE, 0)
            await self.remove_marks(_PROBE, [_PROBE])
            await self.read(_PROBE)
        except StateUnavailable as error:
            return f"The state store ({self.kind}) cannot be used: {store_cause(error.__cause__)}."
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self.store.aclose()

    def _key(self, email: str) -> str:
        return hashed_key(self.pool_id, email)

    async def _acknowledged(self, operation: Awaitable[T]) -> T:
        if self.kind == "memory":
            # It neither hangs nor fails, and the time limit would cost a sign-in 3% of its CPU time.
            return await operation
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                answer = await operation
        except Exception as error:
            self.is_up = False
            # Each store's client has exceptions of its own.
            logger.warning("the state store (%s) does not answer: %s", self.kind, store_cause(error))
            raise StateUnavailable from error
        self.is_up = True
        return answer
