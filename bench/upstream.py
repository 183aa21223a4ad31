"""Upstream: a Cognito stub that responds to InitiateAuth after a delay, as fast as a Python process can.

``python -m bench.upstream PORT DELAY_SECONDS [JWKS]``: GET returns the file JWKS.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import cast

import uvloop

# As long as a real one, and readable: the API looks for the user in it.
_CLAIMS = json.dumps({"sub": "7d8c9c1e-0000-4000-8000-000000000000", "filler": "x" * 400}).encode()
_PARTS = (b'{"alg":"RS256","kid":"bench"}', _CLAIMS, bytes(256))
_TOKEN = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in _PARTS)
_RESULT = {"AccessToken": _TOKEN, "IdToken": _TOKEN, "RefreshToken": _TOKEN, "ExpiresIn": 3600, "TokenType": "Bearer"}
_BODY = json.dumps({"AuthenticationResult": _RESULT, "ChallengeParameters": {}}).encode()
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n" % len(_BODY)


_JWKS = Path(sys.argv[3]).read_bytes() if len(sys.argv) > 3 else b""  # noqa: PLR2004 - the arguments listed above


class Upstream(asyncio.Protocol):
    """Protocol that responds to each complete request; a client sends one request at a time per connection."""

    def __init__(self, delay: float) -> None:
        """Respond after ``delay`` seconds."""
        self.delay = delay
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Collect a request; respond when its body is complete."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(body) >= length:
            self.buffer = b""
            if head.startswith(b"GET") and _JWKS:
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(_JWKS), _JWKS))
                return
            asyncio.get_running_loop().call_later(self.delay, self.answer)

    def answer(self) -> None:
        """Send the tokens."""
        if not self.transport.is_closing():
            self.transport.write(_HEAD + _BODY)


async def main() -> None:
    """Serve until the process is terminated."""
    port, delay = int(sys.argv[1]), float(sys.argv[2])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(delay), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
