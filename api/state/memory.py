"""State in the memory of one process, for development: a restart forgets it."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from api.state.address_store import SIGN_UP_SECONDS, AddressRecord, Name

# The oldest entries beyond this number are dropped: an address without a known sign-up is only unproven.
_MOST_ENTRIES = 100_000


class _Entry(NamedTuple):
    value: str
    number: int
    expires_at: float


class MemoryAddressStore:
    """``AddressStore`` in dictionaries."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._marks: defaultdict[str, dict[str, float]] = defaultdict(dict)

    async def read(self, key: str) -> AddressRecord:
        """Return what is known."""
        sign_up, accepted, sub = (self._get(key, name) for name in ("sign-up", "accepted", "sub"))
        marks = dict(self._marks.get(key, {}))
        return AddressRecord(sign_up.value, sign_up.number, accepted.value, marks, sub.value or None, sub.expires_at)

    async def count_attempt(self, key: str, attempt: str) -> None:
        """Add a sign-up attempt."""
        before = self._get(key, "sign-up")
        entry = _Entry(before.value or attempt, before.number + 1, time.time() + SIGN_UP_SECONDS)
        self._put((key, "sign-up"), entry)

    async def put(self, key: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record."""
        self._put((key, name), _Entry(value, 0, expires_at))

    async def delete(self, key: str, name: Name) -> None:
        """Remove a record."""
        self._entries.pop((key, name), None)

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        """Add or change a mark."""
        self._marks[key][mark] = until

    async def remove_marks(self, key: str, marks: Collection[str]) -> None:
        """Remove marks."""
        left = {mark: until for mark, until in self._marks.pop(key, {}).items() if mark not in marks}
        if left:
            self._marks[key] = left

    async def aclose(self) -> None:
        """Nothing is open."""

    def _get(self, key: str, name: str) -> _Entry:
        entry = self._entries.get((key, name))
        return entry if entry and entry.expires_at > time.time() else _Entry("", 0, 0.0)

    def _put(self, key: tuple[str, str], entry: _Entry) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > _MOST_ENTRIES:
            self._entries.popitem(last=False)
