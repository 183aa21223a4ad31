"""Load generator: a closed loop of N clients that each send a request, wait for the response, and send the next.

``python -m bench.load PORT CLIENTS SECONDS [REQUESTS]`` prints JSON: requests, errors, seconds. REQUESTS is a file with
a JSON list of requests, sent in turn; without it every request is a login.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

import uvloop

_BODY = json.dumps({"email": "ada@example.com", "password": "Correct-Horse-9"}).encode()
_REQUEST = (
    b"POST /login HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY


class Client(asyncio.Protocol):
    """One client on one connection."""

    requests = errors = 0
    running = True
    turn: ClassVar[Iterator[bytes]] = itertools.repeat(_REQUEST)

    def __init__(self) -> None:
        """Start with an empty response buffer."""
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(next(Client.turn))

    def data_received(self, data: bytes) -> None:
        """Count a complete response and send the next request."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.buffer = b""
        Client.requests += 1
        Client.errors += not head.startswith(b"HTTP/1.1 200")
        if Client.running:
            self.transport.write(next(Client.turn))

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a connection that closed during the run as an error."""
        Client.errors += Client.running
        del exc


async def main() -> None:
    """Run the clients and print the results."""
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    for _ in range(clients):
        await loop.create_connection(Client, "127.0.0.1", port)
    await asyncio.sleep(seconds)
    Client.running = False
    elapsed = time.perf_counter() - start
    print(json.dumps({"requests": Client.requests, "errors": Client.errors, "seconds": elapsed}))


if __name__ == "__main__":
    if len(sys.argv) > 4:  # noqa: PLR2004 - the arguments listed above
        Client.turn = itertools.cycle(text.encode() for text in json.loads(Path(sys.argv[4]).read_text()))
    uvloop.run(main())
