"""HTTP/1.1 client for one origin: keep-alive connections, one request at a time on each.

A general-purpose client costs more than all the rest of a sign-in (ADR 0005). This client deliberately has no
redirects, cookies, proxies, compression or retries. The caller sets deadlines: a cancelled request closes its
connection. Responses are parsed by llhttp (httptools).
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

import httptools
from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - tuples of any address

LARGEST_BODY = 1024 * 1024
_LARGEST_HEAD = 64 * 1024
_CONNECT_SECONDS = 2.0
_NEXT_ADDRESS_SECONDS = 0.25
_IDLE_SECONDS = 20.0


class HttpError(Exception):
    """No usable response was received."""


Reason = Literal["unknown host", "refused", "unreachable", "time-out", "TLS failure", "closed"]


class NotConnectedError(HttpError):
    """No connection was made, so nothing was sent."""

    def __init__(self, reason: Reason) -> None:
        """Store why; a ``time-out`` is after 2 s."""
        super().__init__(reason)
        self.reason = reason

    @classmethod
    def of(cls, error: OSError) -> "NotConnectedError":
        """Return the error for one of the system, of name resolution or of TLS."""
        match error:
            case socket.gaierror():
                return cls("unknown host")
            case ssl.SSLError():
                return cls("TLS failure")
            case ConnectionRefusedError():
                return cls("refused")
            case _:
                return cls("unreachable")


def cause_of(error: Exception) -> str:
    """Return a failure as text for the log: its class, and why there was no connection. It contains no secret."""
    reason = f": {error.reason}" if isinstance(error, NotConnectedError) else ""
    return f"{type(error).__name__}{reason}"


class LostConnectionError(HttpError):
    """The connection closed after the request was sent; ``in_answer`` when a response had begun."""

    def __init__(self, *, in_answer: bool = False) -> None:
        """Store whether the response was cut off."""
        super().__init__()
        self.in_answer = in_answer


class InvalidAnswerError(HttpError):
    """The response is not valid HTTP, or is larger than 1 MiB."""


@dataclass(frozen=True)
class HttpResponse:
    """A complete response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


# Loading the trusted certificates takes 40 ms, so that the clients of a process share them.
_default_tls = cache(ssl.create_default_context)


class HttpClient:
    """Sends requests to one origin."""

    def __init__(self, url: str) -> None:
        """Use the origin of ``url``; its path is the prefix of every request path."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._authority = parts.netloc.rpartition("@")[2]
        self._tls = _default_tls() if secure else None
        self._idle: list[_Connection] = []
        self._closed = False

    def head(self, method: str, path: str, headers: dict[str, str]) -> bytes:
        """Return the start of a request, built once and sent often; ``path`` begins with a slash."""
        lines = [f"{method} {self._prefix}{path} HTTP/1.1", f"Host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode("ascii")

    async def exchange(self, head: bytes, body: bytes = b"") -> HttpResponse:
        """Send a request and return the response; raise ``HttpError`` on failure."""
        connection = self._take() or await self._connect()
        try:
            response = await connection.exchange(b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
        except BaseException:
            connection.close()
            raise
        if connection.reusable and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    async def aclose(self) -> None:
        """Close idle connections now, and busy ones when their request has finished."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                # Each address a quarter of a second after the one before (RFC 8305); uvloop itself waits for each.
                found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
                connected = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1)
                name = self._host if self._tls else None
                _, connection = await loop.create_connection(
                    lambda: _Connection(loop), sock=connected, ssl=self._tls, server_hostname=name
                )
        except TimeoutError:
            raise NotConnectedError("time-out") from None
        except OSError as error:
            raise NotConnectedError.of(error) from error
        return connection


class _Connection(asyncio.Protocol):
    """One connection; httptools calls the ``on_`` methods."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._answer: asyncio.Future[HttpResponse] | None = None
        self._headers: dict[str, str] = {}
        self._received = 0
        self._ended = False
        self.reusable = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # pyright: ignore[reportAttributeAccessIssue] - TCP

    async def exchange(self, request: bytes) -> HttpResponse:
        self._answer = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._headers = {}
        self._body = bytearray()
        self._received = 0
        self.reusable = False
        if self._transport.is_closing():
            raise NotConnectedError("closed")
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            # An idle connection must not keep tokens in memory.
            self._answer, self._headers, self._body = None, {}, bytearray()
            if not self.reusable:
                self._abort()

    def close(self) -> None:
        self.reusable = False
        self._ended = True
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._answer is None or self._answer.done() or self._received > LARGEST_BODY + _LARGEST_HEAD:
            self._fail(InvalidAnswerError())
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(InvalidAnswerError())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._ended = True
        self._fail(LostConnectionError(in_answer=bool(self._headers) if self._answer else False))

    def on_message_begin(self) -> None:
        if self._answer is not None and self._answer.done():
            # A second response to one request cannot be assigned to any request.
            self._headers = {}
            self._fail(InvalidAnswerError())

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > LARGEST_BODY:
            self._fail(InvalidAnswerError())

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # noqa: PLR2004 - HTTP
            # An interim response that was not requested; the next one could be taken for that of the next request.
            self._fail(InvalidAnswerError())
        elif self._answer is not None and not self._answer.done():
            self.reusable = self._parser.should_keep_alive()
            self.idle_since = self._loop.time()
            self._answer.set_result(HttpResponse(self._parser.get_status_code(), self._headers, bytes(self._body)))

    def _fail(self, error: HttpError) -> None:
        self.reusable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._abort()

    def _abort(self) -> None:
        # Python 3.11.2 raises AttributeError when a TLS transport is aborted after it was closed.
        if not self._ended:
            self._transport.abort()
