"""Bodies of requests, read within a limit of size and time."""

import asyncio

from fastapi import Request
from starlette.exceptions import HTTPException

from api.web.time_budget import BODY_SECONDS

# The rest of the body is not read.
_CLOSE = {"Connection": "close"}


async def read_body(request: Request, largest: int) -> bytes:
    """Return the body; raise 408 when it takes longer than 5 s, and 413 when it has more than ``largest`` bytes."""
    if int(request.headers.get("content-length", "0")) > largest:
        raise HTTPException(413, headers=_CLOSE)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, largest)
    except TimeoutError:
        raise HTTPException(408, headers=_CLOSE) from None


async def _read(request: Request, largest: int) -> bytes:
    body = b""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            # The client has disconnected; the exception only stops the work.
            raise HTTPException(400)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > largest:
            raise HTTPException(413, headers=_CLOSE)
    return body
