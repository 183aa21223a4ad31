"""Files of this package, or an operator's, as they are."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse


def file_endpoint(path: Path, cache_control: str) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that responds with the file at ``path``."""

    async def respond(_: Request) -> Response:
        return FileResponse(path, headers={"Cache-Control": cache_control})

    return respond
