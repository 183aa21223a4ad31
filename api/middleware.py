"""What every exchange gets: a request id, security headers, one log line, and a problem instead of a crash."""

import logging
import re
import secrets
from time import perf_counter

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ConfigurationError
from api.logging import request_id
from api.problems import HTTP_TABLE, problem_response

logger = logging.getLogger(__name__)

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_DOCUMENTATION = ("/docs", "/redoc")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
_POLICY = "default-src 'none'; frame-ancestors 'none'"


class ExchangeMiddleware:
    """Wraps each HTTP exchange; ``request.state.request_id`` and X-Request-ID are the same."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _ACCEPTED_ID.fullmatch(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = identifier
        token = request_id.set(identifier)
        try:
            await self._exchange(scope, receive, send, identifier)
        finally:
            request_id.reset(token)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send, identifier: str) -> None:
        start = perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope["path"], identifier)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            logger.exception("unhandled error")
            if status:
                raise
            response = problem_response(Request(scope, receive), HTTP_TABLE[500])
            await response(scope, receive, send_with_headers)
        finally:
            _log(scope, status, perf_counter() - start)


def _add_headers(headers: MutableHeaders, path: str, identifier: str) -> None:
    headers["X-Request-ID"] = identifier
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if not path.startswith(_DOCUMENTATION):
        headers.setdefault("Content-Security-Policy", _POLICY)


def _log(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("route")
    # The template, not the path: an unmatched path is the client's text.
    path = getattr(route, "path", None)
    fields = {"method": scope["method"], "route": path, "status": status, "ms": round(seconds * 1000, 1)}
    logger.info("request", extra=fields)


class StartupMessageMiddleware:
    """Ends a start that fails for its configuration with one message instead of a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold back Starlette's report of a failed start until it is known why it failed."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold_failure(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                held.append(message)
            else:
                await send(message)

        try:
            await self.app(scope, receive, hold_failure)
        except ConfigurationError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        except BaseException:
            for message in held:
                await send(message)
            raise
