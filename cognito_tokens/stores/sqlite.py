"""Revocation store in an SQLite file, for the processes of one host."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiosqlite

from cognito_tokens.revocations import Revocation, read_entry

# "Database File Format", section 1.3.1.
_MAGIC = b"SQLite format 3\0"
_BUSY_SECONDS = 1.0
_PAGE = 1000
# AUTOINCREMENT: an id is never used again, so a reader that continues after the last one misses no entry.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    identifier TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
)
"""


class SqliteFile:
    """An SQLite file, opened on first use; every statement is a transaction of its own.

    The file is readable by its owner only. Write-ahead logging lets several processes use it at once, and with
    ``synchronous=FULL`` a statement that has returned survives a crash of the host.
    """

    def __init__(self, path: str, schema: str) -> None:
        """Use the file at ``path``, with the tables that ``schema`` creates where they do not exist."""
        self._path = path
        self._schema = schema
        self._opening = asyncio.Lock()
        self._connection: aiosqlite.Connection | None = None

    async def run(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute ``statement`` and return its rows; raise ``sqlite3.Error`` or ``OSError`` when that fails."""
        connection = await self._open()
        return [tuple(row) for row in await connection.execute_fetchall(statement, parameters)]

    async def aclose(self) -> None:
        """Close the file."""
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                self._connection = await self._connect()
            return self._connection

    async def _connect(self) -> aiosqlite.Connection:
        _create(self._path)
        connection = await aiosqlite.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.execute("PRAGMA synchronous=FULL")
            await connection.executescript(self._schema)
        except BaseException:
            await connection.close()
            raise
        return connection


def _create(path: str) -> None:
    """Create the file for its owner only; SQLite gives its other files (-wal, -shm) the mode of this one."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "rb") as file:
        head = file.read(len(_MAGIC))
        if head in {b"", _MAGIC}:
            # SQLite refuses another file, which stays as it is.
            Path(path).chmod(0o600)


class SqliteRevocationStore:
    """Revocation store in one table; a write removes the entries that have expired."""

    def __init__(self, path: str) -> None:
        """Use the file at ``path``; create it on first use."""
        self._file = SqliteFile(path, _SCHEMA)
        self._read_until = 0

    async def add(self, revocation: Revocation) -> None:
        """Append ``revocation``."""
        await self._file.run("DELETE FROM revocations WHERE expires_at <= ?", int(time.time()))
        columns = ", ".join(Revocation._fields)
        await self._file.run(f"INSERT INTO revocations ({columns}) VALUES (?, ?, ?, ?)", *revocation)  # noqa: S608 - names of fields

    async def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield the entries appended since the last call."""
        while page := await self._file.run(
            "SELECT kind, identifier, not_before, expires_at, id FROM revocations WHERE id > ? ORDER BY id LIMIT ?",
            self._read_until,
            _PAGE,
        ):
            rows = [dict(zip(Revocation._fields, map(str, row), strict=False)) for row in page]
            yield [revocation for row in rows if (revocation := read_entry(row))]
            self._read_until = page[-1][-1]

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()
