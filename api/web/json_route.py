"""Request bodies: limited in size, JSON only, parsed strictly."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.errors import FieldError, UpstreamTimeout, ValidationFailed
from api.telemetry.request_context import request_context
from api.web.body import read_body
from api.web.client_metadata import client_metadata
from api.web.time_budget import REQUEST_SECONDS
from cognito_tokens import strict_json

LARGEST_BODY = 16 * 1024
# RFC 7396: null removes, as PATCH does here.
_MERGE_PATCH = "application/merge-patch+json"


class JsonRequest(Request):
    """A request with a body that is read within the limit and parsed strictly before FastAPI uses it."""

    async def load(self) -> None:
        """Read and parse the body.

        Raises 408 when it takes longer than 5 s, 413 over 16 KiB, 415 when its content type is not JSON, or
        ``ValidationFailed`` when it is not valid JSON.
        """
        body = await read_body(self, LARGEST_BODY)
        if body and not self._is_json():
            raise HTTPException(415)
        try:
            self._parsed = strict_json.loads(body) if body else None
        except ValueError as error:
            raise ValidationFailed(FieldError("", f"The body must be JSON: {error}.")) from None
        self._body = body

    def _is_json(self) -> bool:
        """Return whether the body is JSON, without an encoding such as gzip (RFC 9110, section 8.4)."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_merge_patch = self.method == "PATCH" and media_type == _MERGE_PATCH
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        return (media_type == "application/json" or is_merge_patch) and encoding == "identity"

    async def json(self) -> Any:  # noqa: ANN401 - JSON of any type
        """Return the parsed body."""
        return self._parsed


class JsonRoute(APIRoute):
    """A route that reads its body as ``JsonRequest``; it raises ``UpstreamTimeout`` to respond within ten seconds."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Read and check the body before FastAPI's own handler."""
        handle = super().get_route_handler()
        has_body = self.body_field is not None

        async def load_and_handle(request: Request) -> Response:
            if has_body:
                request = JsonRequest(request.scope, request.receive)
                await request.load()
            # Several calls, each within its deadline, may take too long together.
            current = request_context.get()
            if current:
                names = request.app.state.client_metadata
                current.client_metadata = client_metadata(request.headers, names)
            try:
                async with asyncio.timeout(REQUEST_SECONDS - (current.renewal_seconds if current else 0.0)):
                    return await _handle_and_settle(handle, request)
            except TimeoutError:
                raise UpstreamTimeout from None

        return load_and_handle


async def _handle_and_settle(handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    """Handle the request, and settle the attempt that ``api.abuse_protection.attempts`` has counted for it."""
    error: BaseException | None = None
    try:
        return await handle(request)
    except BaseException as raised:
        error = raised
        raise
    finally:
        if settle := getattr(request.state, "settle_attempt", None):
            await settle(error)
