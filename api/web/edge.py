"""uvicorn's HTTP protocol, with bounds that it lacks: size and time of a head, pipelines, and unread responses.

uvicorn 0.54 reads a head of any size and any number of pipelined requests into memory, never closes a silent
connection, and takes the body of a request with an Upgrade header for the next request.

A body has bounds of its own (``api.web.json_route``). ``python -m api`` uses this protocol; under plain uvicorn, name
it with ``--http api.web.edge:EdgeProtocol``, or let a proxy set the bounds.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LARGEST_HEAD = 32 * 1024
# With trailers and the framing of chunks; routes read 16 KiB.
_LARGEST_BODY = 128 * 1024
# Beyond this number the oldest idle connection is closed for a new one.
_MOST_CONNECTIONS = 1000
# Requests that wait on one connection. Browsers and proxies do not pipeline.
_LONGEST_PIPELINE = 16
# From the connection, or from the first byte after a response, until the head is complete.
_HEAD_SECONDS = 20.0
_BODY_HEADERS = {b"content-length", b"transfer-encoding"}
# A client that reads nothing for this time is disconnected.
_UNREAD_SECONDS = 20.0


class EdgeProtocol(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's signature
        """Take uvicorn's arguments."""
        super().__init__(*arguments, **options)
        self._head_size = self._body_size = 0
        self._is_in_body = self._is_complete = False
        # When the connection was made, or its last response was complete.
        self.idle_since = self.loop.time()
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > _MOST_CONNECTIONS:
            self._close_oldest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        for timer in (self._head_timer, self._unread_timer):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; refuse a head that is too large while it arrives."""
        if self._head_timer is None and self.is_idle and not self.pipeline:
            self._await_head()
        self._is_complete = False
        super().data_received(data)
        # What follows a complete request in the same data belongs to the next head, and is counted with its rest.
        if self._is_in_body:
            # Trailers are in memory until the body is complete.
            self._body_size += len(data)
            if self._body_size > _LARGEST_BODY:
                self.transport.abort()
        elif not self._is_complete:
            self._head_size += len(data)
            if self._head_size > _LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """Begin the request, unless its head is too large."""
        if self._head_timer:
            self._head_timer.cancel()
        self._head_timer, self._is_in_body = None, True
        self._head_size = self._body_size = 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        is_hidden = bool(self.parser and self.parser.should_upgrade()) and any(
            name in _BODY_HEADERS for name, _ in self.headers
        )
        if size > _LARGEST_HEAD or len(self.pipeline) >= _LONGEST_PIPELINE or is_hidden:
            # httptools reports it as a parser error, which uvicorn answers with 400.
            raise ValueError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to count the next head."""
        self._is_in_body, self._is_complete = False, True
        super().on_message_complete()
        if self._head_timer and self.is_idle:
            # The rest of a body that no route has read: the connection is idle again.
            self._head_timer.cancel()
            self._head_timer = None
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, but never in the middle of another response."""
        if self.pipeline or not self.is_idle:
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._unread_timer = self.loop.call_later(_UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """End the wait."""
        super().resume_writing()
        if self._unread_timer:
            self._unread_timer.cancel()

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection, even if the client has not read the last response."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _close_oldest(self) -> None:
        """Close the oldest connection without a request, so that silent connections shut out no client."""
        idle = [row for row in self._all_connections() if row.is_idle]
        if idle:
            oldest = min(idle, key=lambda row: row.idle_since)
            # The loop removes it later, when other new connections may already have been made.
            self.connections.discard(oldest)
            oldest.transport.abort()

    def _all_connections(self) -> "Iterator[EdgeProtocol]":
        connections: Iterable[object] = self.connections
        return (row for row in connections if isinstance(row, EdgeProtocol))

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress."""
        # uvicorn has no cycle before the first request.
        return not self.cycle or self.cycle.response_complete

    def on_response_complete(self) -> None:
        """Begin to be idle, or the next request; a connection that closes waits for the client to read."""
        self.idle_since = self.loop.time()
        super().on_response_complete()
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._unread_timer = self.loop.call_later(_UNREAD_SECONDS, self.transport.abort)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(_HEAD_SECONDS, self.transport.abort)
