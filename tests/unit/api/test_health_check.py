"""The health check of containers."""

import subprocess
import sys
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.servers import ROOT, free_port


class Server(ThreadingHTTPServer):
    """Answers each path with a status, and notes what was asked."""

    def __init__(self, statuses: dict[str, int]) -> None:
        self.statuses = statuses
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - the server above

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.statuses[self.path])
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture
def server() -> Generator[Server]:
    with Server({"/livez": 200, "/readyz": 200}) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def check(port: int) -> int:
    command = [sys.executable, "-m", "api.health.check", str(port)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.parametrize("ready", [200, 503])
def test_process_that_lives_is_healthy_even_if_it_is_not_ready(server: Server, ready: int) -> None:
    server.statuses["/readyz"] = ready
    assert check(server.server_address[1]) == 0
    assert server.asked == ["/readyz", "/livez"]


def test_process_that_does_not_live_is_unhealthy(server: Server) -> None:
    server.statuses["/livez"] = 500
    assert check(server.server_address[1]) == 1


def test_port_without_a_server_is_unhealthy() -> None:
    assert check(free_port()) == 1
