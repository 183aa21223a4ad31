"""The HTTP client against raw servers: connection reuse, invalid responses, TLS."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from cognito_tokens.http_client import HttpClient, InvalidAnswerError, LostConnectionError, NotConnectedError
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Test server that sends the next of its responses to each request."""

    def __init__(self, *answers: bytes | Answer) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                await (self._write(writer, answer) if isinstance(answer, bytes) else answer(writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None, path: str = "") -> AsyncGenerator[HttpClient]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient(f"http{'s' if tls else ''}://localhost:{port}{path}")
        try:
            yield client
        finally:
            await client.aclose()
            server.close()


async def test_connection_is_reused() -> None:
    server = Server(OK, OK, OK)
    async with server.running(path="/base") as client:
        head = client.head("POST", "/x", {"X-Amz-Target": "T"})
        for _ in range(3):
            response = await client.exchange(head, b"body")
            assert (response.status, response.body, response.headers) == (200, b"ok", {"content-length": "2"})
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /base/x HTTP/1.1\r\nHost: localhost:")
    assert server.requests[0].endswith(b"X-Amz-Target: T\r\nContent-Length: 4\r\n\r\nbody")


async def test_concurrent_requests_use_separate_connections() -> None:
    server = Server(OK, OK, OK)
    async with server.running() as client:
        head = client.head("POST", "/", {})
        await asyncio.gather(*(client.exchange(head) for _ in range(3)))
    assert server.connections == 3


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
async def test_every_body_framing_is_read(answer: bytes, body: bytes) -> None:
    async with Server(answer).running() as client:
        assert (await client.exchange(client.head("POST", "/", {}))).body == body


async def test_connection_close_header_prevents_reuse() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    server = Server(closing, closing)
    async with server.running() as client:
        for _ in range(2):
            await client.exchange(client.head("POST", "/", {}))
    assert server.connections == 2


async def test_unsolicited_response_closes_connection() -> None:
    server = Server(OK + OK, OK)
    async with server.running() as client:
        head = client.head("POST", "/", {})
        await client.exchange(head)
        await asyncio.sleep(0.05)
        assert (await client.exchange(head)).body == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 2_000_000,
    ],
)
async def test_invalid_or_oversized_response_is_refused(answer: bytes) -> None:
    async with Server(answer).running() as client:
        with pytest.raises(InvalidAnswerError):
            await client.exchange(client.head("POST", "/", {}))


async def test_late_response_does_not_reach_next_request() -> None:
    async def hint_then_answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(OK.replace(b"ok", b"A1"))

    server = Server(hint_then_answer, OK)
    async with server.running() as client:
        head = client.head("POST", "/", {})
        with pytest.raises(InvalidAnswerError):
            await client.exchange(head)
        assert (await client.exchange(head)).body == b"ok"
    assert server.connections == 2


async def test_cancelled_request_leaves_no_connection() -> None:
    server = Server(OK, OK)
    async with server.running() as client:
        head = client.head("POST", "/", {})
        exchange = asyncio.ensure_future(client.exchange(head))
        while not exchange.done():
            await asyncio.sleep(0)
            if server.requests:
                exchange.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange
        assert (await client.exchange(head)).body == b"ok"
    assert server.connections == 2


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    writer.close()


@pytest.mark.parametrize(("answer", "in_answer"), [(hang_up, False), (cut_off, True)])
async def test_lost_connection_reports_started_response(answer: Answer, in_answer: bool) -> None:
    async with Server(answer).running() as client:
        with pytest.raises(LostConnectionError) as caught:
            await client.exchange(client.head("POST", "/", {}))
        assert caught.value.in_answer is in_answer


async def test_timed_out_request_closes_connection() -> None:
    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(OK)

    server = Server(hang, OK)
    async with server.running() as client:
        head = client.head("POST", "/", {})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.exchange(head)
        assert (await client.exchange(head)).body == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://no-such-host.invalid:{port}"])
async def test_unreachable_host_is_not_connected_error(url: str) -> None:
    client = HttpClient(url.format(port=free_port()))
    with pytest.raises(NotConnectedError) as caught:
        await client.exchange(client.head("POST", "/", {}))
    assert caught.value.reason == ("unknown host" if "invalid" in url else "refused")


async def test_a7_dead_first_address_does_not_prevent_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server(OK).running() as client:
        port = int(client.head("GET", "", {}).partition(b"localhost:")[2].partition(b"\r\n")[0])
        # Its queue is full, so that connecting hangs.
        with socket.socket() as dead, socket.socket() as first, socket.socket() as second:
            dead.bind(("127.0.0.2", port))
            dead.listen(0)
            for waiting in (first, second):
                waiting.settimeout(0)
                waiting.connect_ex(dead.getsockname())

            async def addresses(*_: object, **__: object) -> list[tuple[object, ...]]:
                stream = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
                return [(*stream, ("127.0.0.2", port)), (*stream, ("127.0.0.1", port))]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)
            assert (await client.exchange(client.head("POST", "/", {}))).body == b"ok"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    # The context that the process shares would still trust the authority of another test.
    monkeypatch.setattr("cognito_tokens.http_client._default_tls", ssl.create_default_context)
    return authority


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - also accepts pyOpenSSL contexts
    return context


async def test_tls_valid_certificate_is_accepted(authority: trustme.CA) -> None:
    async with Server(OK).running(server_context(authority, "localhost")) as client:
        assert (await client.exchange(client.head("POST", "/", {}))).body == b"ok"


@pytest.mark.parametrize("fault", ["another name", "unknown authority", "no TLS"])
async def test_tls_invalid_peer_is_refused(authority: trustme.CA, fault: str) -> None:
    name = "other.example" if fault == "another name" else "localhost"
    signer = trustme.CA() if fault == "unknown authority" else authority
    async with Server(OK).running(None if fault == "no TLS" else server_context(signer, name)) as plain:
        port = plain.head("GET", "", {}).partition(b"localhost:")[2].partition(b"\r\n")[0].decode()
        client = HttpClient(f"https://localhost:{port}")
        with pytest.raises(NotConnectedError) as caught:
            await client.exchange(client.head("POST", "/", {}))
        assert caught.value.reason == ("time-out" if fault == "no TLS" else "TLS failure")
