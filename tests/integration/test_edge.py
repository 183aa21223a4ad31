"""The HTTP edge under real connections: ``python -m api`` with its options."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import FAST_SETTINGS, ROOT, environment, free_port, stop, wait_for

REQUEST = b"GET /livez HTTP/1.1\r\nHost: api.test\r\n"
LARGE = b"GET /openapi.json HTTP/1.1\r\nHost: api.test\r\n\r\n"
# Shorter times, and fewer connections, than in production, by the names of the module's constants.
QUICK = (
    "import api.web.edge as edge; edge._HEAD_SECONDS = edge._UNREAD_SECONDS = 1.0; edge._MOST_CONNECTIONS = 20; "
    "import runpy, sys; sys.argv[0] = 'api'; runpy.run_module('api', run_name='__main__')"
)


@contextmanager
def running(outputs: Path, log: Path, *options: str, stderr: int | None = None) -> Generator[tuple[int, int]]:
    """Run the API; yield its port and process id."""
    port = free_port()
    settings = environment(**FAST_SETTINGS, STACK_OUTPUTS_FILE=str(outputs), AWS_ENDPOINT_URL="http://127.0.0.1:9")
    command = [sys.executable, "-c", QUICK, "--port", str(port), *options]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=output, stderr=stderr or output)
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", server, log)
        yield port, server.pid
    finally:
        stop(server, log)


@pytest.fixture(scope="module")
def port(outputs_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[int]:
    with running(outputs_file, tmp_path_factory.mktemp("edge") / "log", "--limit-concurrency=30") as (port, _):
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def status_after(port: int, data: bytes) -> bytes:
    """Send ``data``; return the status line, or nothing when the server closes the connection."""
    with connect(port) as client:
        client.sendall(data)
        return client.recv(1024).partition(b"\r\n")[0]


def get_livez(client: socket.socket, times: int = 1) -> None:
    """Send requests on one connection, and read all responses."""
    client.sendall((REQUEST + b"\r\n") * times)
    received = b""
    while received.count(b'{"status":"ok"}') < times:
        data = client.recv(65536)
        assert data
        received += data


def send_on_and_on(client: socket.socket) -> None:
    for _ in range(100):
        client.sendall(LARGE * 10)
        time.sleep(0.1)


def send_fields(client: socket.socket) -> None:
    for _ in range(3000):
        client.sendall(b"X-More: " + b"a" * 1000 + b"\r\n")


class TestHead:
    @pytest.mark.parametrize("hosts", [b"", b"Host: a.test\r\nHost: b.test\r\n", b"Host: a.test\r\nHost: a.test\r\n"])
    def test_missing_or_duplicate_host_is_400(self, port: int, hosts: bytes) -> None:
        assert status_after(port, b"GET /livez HTTP/1.1\r\n" + hosts + b"\r\n") == b"HTTP/1.1 400 Bad Request"

    def test_http_1_0_needs_no_host(self, port: int) -> None:
        assert status_after(port, b"GET /livez HTTP/1.0\r\n\r\n") == b"HTTP/1.1 200 OK"

    @pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
    def test_head_over_32_kib_is_400(self, port: int, end: bytes) -> None:
        head = REQUEST + b"X-Large: " + b"a" * 33 * 1024 + end
        assert status_after(port, head) == b"HTTP/1.1 400 Bad Request"

    def test_pipelines_are_bounded(self, port: int) -> None:
        with connect(port) as client:
            get_livez(client, 12)
            with pytest.raises((OSError, AssertionError)):
                get_livez(client, 5_000)

    @pytest.mark.parametrize("rest", [b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", b""])
    def test_body_of_an_upgrade_is_no_request(self, port: int, rest: bytes) -> None:
        head = REQUEST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 40\r\n\r\n"
        with connect(port) as client:
            client.sendall(head)
            client.sendall(rest)
            received = b"".join(iter(lambda: client.recv(65536), b""))
        assert received.startswith(b"HTTP/1.1 400")
        assert received.count(b"HTTP/1.1 ") == 1

    def test_unreadable_request_does_not_corrupt_a_response(self, port: int) -> None:
        with connect(port) as client:
            client.sendall(LARGE + b"garbage\r\n\r\n")
            received = b"".join(iter(lambda: client.recv(65536), b""))
        assert received.count(b"HTTP/1.1 ") <= 1

    def test_head_behind_a_running_request_is_bounded(self, port: int) -> None:
        slow = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n"
        slow += b'{"email": "ada@example.com", "password": "Correct-Horse-9"}  '[:60]
        with connect(port) as client:
            client.sendall(slow + b"GET /livez HTTP/1.1\r\n")
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                send_fields(client)

    def test_trailers_are_bounded(self, port: int) -> None:
        head = REQUEST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
        with connect(port) as client:
            client.sendall(head)
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                send_fields(client)

    def test_body_after_the_response_keeps_the_connection(self, port: int) -> None:
        with connect(port) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
            received = b""
            while b'{"status":"ok"}' not in received:
                received += client.recv(4096)
            client.sendall(b"{}")
            time.sleep(1.3)
            get_livez(client)

    def test_silent_connections_shut_out_no_client(self, port: int) -> None:
        """Tests have 20 connections in place of 1,000."""
        silent = [connect(port) for _ in range(60)]
        with connect(port) as client:
            get_livez(client)
        for row in silent:
            row.close()

    def test_head_of_16_kib_is_read(self, port: int) -> None:
        assert status_after(port, REQUEST + b"X-Large: " + b"a" * 16 * 1024 + b"\r\n\r\n") == b"HTTP/1.1 200 OK"

    @pytest.mark.parametrize("sent", [b"", b"GET /livez HTTP/1.1\r\nHost: a"])
    def test_incomplete_head_ends_connection(self, port: int, sent: bytes) -> None:
        assert status_after(port, sent) == b""

    def test_incomplete_head_after_a_response_ends_connection(self, port: int) -> None:
        with connect(port) as client:
            get_livez(client)
            client.sendall(b"GET /livez")
            assert client.recv(4096) == b""

    def test_idle_connection_after_a_response_stays_open(self, port: int) -> None:
        with connect(port) as client:
            get_livez(client)
            client.settimeout(1.5)
            with pytest.raises(TimeoutError):
                client.recv(4096)

    def test_oversized_content_length_is_413_at_once(self, port: int) -> None:
        head = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n{"
        begin = time.monotonic()
        assert b"413" in status_after(port, head)
        assert time.monotonic() - begin < 4


class TestUnread:
    def test_client_that_does_not_read_is_disconnected(self, port: int) -> None:
        with connect(port) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                send_on_and_on(client)

    def test_sigterm_ends_with_a_client_that_does_not_read(self, outputs_file: Path, tmp_path: Path) -> None:
        with running(outputs_file, tmp_path / "log", "--timeout-graceful-shutdown=2") as (port, pid):
            clients = [connect(port) for _ in range(3)]
            for client in clients:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            clients[0].sendall(LARGE * 16)
            clients[1].sendall(REQUEST)
            begin = time.monotonic()
            os.kill(pid, signal.SIGTERM)
        assert time.monotonic() - begin < 6
        for client in clients:
            client.close()


def test_blocked_stderr_does_not_stop_the_api(outputs_file: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    with running(outputs_file, tmp_path / "log", stderr=write) as (port, _):
        with connect(port) as client:
            # 64 KiB fit into the pipe, and 4,096 lines into the buffer.
            for _ in range(700):
                get_livez(client, 12)
        os.set_blocking(read, False)
        seen, end = b"", time.monotonic() + 10
        while b"log lines were dropped" not in seen and time.monotonic() < end:
            try:
                seen += os.read(read, 65536)
            except BlockingIOError:
                time.sleep(0.01)
        assert b'"dropped": ' in seen
    os.close(read)
    os.close(write)
