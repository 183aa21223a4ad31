"""State in an SQLite file, for the processes of one host."""

import time
from collections.abc import Collection

from api.state.address_store import SIGN_UP_SECONDS, AddressRecord, Name
from cognito_tokens.stores.sqlite import SqliteFile

# One row per record: "sign-up" (value: the first attempt, number: their count), "accepted", "sub", and "mark ID"
# (number: its end), which has no expiry.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS addresses (
    key TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, number INTEGER NOT NULL, expires_at INTEGER,
    PRIMARY KEY (key, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS addresses_by_expiry ON addresses (expires_at) WHERE expires_at IS NOT NULL;
"""
_MARK = "mark "


class SqliteAddressStore:
    """``AddressStore`` in one table; a sign-up removes what has expired."""

    def __init__(self, path: str) -> None:
        """Use the file at ``path``; create it on first use."""
        self._file = SqliteFile(path, _SCHEMA)

    async def read(self, key: str) -> AddressRecord:
        """Return what is known."""
        found = await self._file.run(
            "SELECT name, value, number, expires_at FROM addresses WHERE key = ? AND coalesce(expires_at > ?, true)",
            key,
            time.time(),
        )
        rows = {name: (value, number, expires_at) for name, value, number, expires_at in found}
        first, attempts, _ = rows.get("sign-up", ("", 0, 0))
        accepted, *_ = rows.get("accepted", ("",))
        sub, _, sub_expires_at = rows.get("sub", (None, 0, 0))
        marks = {name.removeprefix(_MARK): row[1] for name, row in rows.items() if name.startswith(_MARK)}
        return AddressRecord(first, attempts, accepted, marks, sub, sub_expires_at)

    async def count_attempt(self, key: str, attempt: str) -> None:
        """Add a sign-up attempt."""
        await self._file.run("DELETE FROM addresses WHERE expires_at <= ?", time.time())
        await self._file.run(
            "INSERT INTO addresses VALUES (?, 'sign-up', ?, 1, ?) "
            "ON CONFLICT DO UPDATE SET number = number + 1, expires_at = excluded.expires_at",
            key,
            attempt,
            int(time.time()) + SIGN_UP_SECONDS,
        )

    async def put(self, key: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record."""
        await self._file.run("INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, 0, ?)", key, name, value, expires_at)

    async def delete(self, key: str, name: Name) -> None:
        """Remove a record."""
        await self._file.run("DELETE FROM addresses WHERE key = ? AND name = ?", key, name)

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        """Add or change a mark."""
        await self._file.run("INSERT OR REPLACE INTO addresses VALUES (?, ?, '', ?, NULL)", key, _MARK + mark, until)

    async def remove_marks(self, key: str, marks: Collection[str]) -> None:
        """Remove marks."""
        places = ", ".join("?" for _ in marks)
        statement = f"DELETE FROM addresses WHERE key = ? AND name IN ({places})"  # noqa: S608 - question marks
        await self._file.run(statement, key, *(_MARK + mark for mark in marks))

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()
