"""Middleware for every request: request id, security headers, one log line, a problem for unhandled errors."""

import logging
import re
import secrets
from collections.abc import Awaitable
from time import perf_counter

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.telemetry.audit import event_name
from api.telemetry.request_context import RequestContext, request_context
from api.web.client_ip import client_ip
from api.web.problems import HTTP_PROBLEMS, problem_response

logger = logging.getLogger(__name__)

_ACCEPTED_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
# Raw ASGI headers: this runs for every request.
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)


class ErrorMiddleware:
    """Responds to an unhandled error; inside the middleware of CORS, so that pages can read that response too."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        has_started = False

        async def send_on(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception:
            if has_started:
                raise
            logger.exception("unhandled error")
            await problem_response(Request(scope, receive), HTTP_PROBLEMS[500])(scope, receive, send)


class RequestMiddleware:
    """Wraps each HTTP request; ``request.state.request_id`` is the value of X-Request-ID."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app
        self._inner = ErrorMiddleware(app)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection. Not a coroutine itself, because hundreds of requests wait for Cognito at once."""
        return self._handle(scope, receive, send) if scope["type"] == "http" else self.app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        current = RequestContext(_request_id(scope))
        scope.setdefault("state", {})["request_id"] = current.request_id
        token = request_context.set(current)
        start = perf_counter()
        status = 0
        # Every route that answers GET answers HEAD (RFC 9110, section 9.3.2).
        method = scope["method"]
        if method == "HEAD":
            # The server keeps its own scope: it sends no body after a HEAD.
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_added(message["headers"], _added_headers(scope, current.request_id))
            elif method == "HEAD":
                message["body"] = b""
            await send(message)

        try:
            if _has_one_host(scope):
                await self._inner(scope, receive, send_with_headers)
            else:
                response = problem_response(Request(scope, receive), HTTP_PROBLEMS[400])
                await response(scope, receive, send_with_headers)
        finally:
            await _report(method, scope, status, perf_counter() - start, current)
            request_context.reset(token)


async def _report(method: str, scope: Scope, status: int, seconds: float, current: RequestContext) -> None:
    """Write the log line, the audit event, the metrics and a notice of a finished request."""
    if logger.isEnabledFor(logging.INFO):
        _log(method, scope, status, seconds, current)
    state = scope["app"].state
    if event := event_name(getattr(scope.get("route"), "operation_id", None)):
        current.client_ip = current.client_ip or client_ip(Request(scope), state.trusted_proxies)
        state.audit.record(event, status, current)
        if state.notices and _has_succeeded(status, current):
            await state.notices.follow(event, current)
    if state.metrics:
        state.metrics.observe(method, _template(scope), status, seconds, current)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTED_ID.fullmatch(value):
            return value.decode()
    return secrets.token_hex(16)


def _has_one_host(scope: Scope) -> bool:
    """Return whether the request names one host, as HTTP/1.1 requires (RFC 9112, section 3.2)."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 or (not hosts and scope["http_version"] == "1.0")


def _added_headers(scope: Scope, identifier: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-request-id", identifier.encode()), *_HEADERS, *scope["app"].state.hsts, _POLICY]


def _with_added(own: list[tuple[bytes, bytes]], added: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return both; a page's own header takes the place of ours."""
    names = {name for name, _ in own}
    return [*own, *(row for row in added if row[0] not in names)]


def _has_succeeded(status: int, current: RequestContext) -> bool:
    # A problem may be a redirect to a page.
    return 0 < status < 400 and current.problem is None and current.outcome != "challenge"  # noqa: PLR2004 - HTTP


def _template(scope: Scope) -> str | None:
    """Return the route's template, not the path: an unmatched path is arbitrary text from the client."""
    return getattr(scope.get("route"), "path", None)


def _log(method: str, scope: Scope, status: int, seconds: float, current: RequestContext) -> None:
    fields = {"method": method, "route": _template(scope), "status": status, "ms": round(seconds * 1000, 1)}
    if current.problem:
        fields["problem"] = current.problem
    logger.info("request", extra={**fields, "upstream": current.upstream})
