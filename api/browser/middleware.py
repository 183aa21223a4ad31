"""Cookies in place of the Authorization header, for pages of ours alone; and cross-origin requests by a list.

A request that changes something must come from an origin that is ours or listed, by Sec-Fetch-Site and Origin, and
carry the session's CSRF token. All three, so that no single one has to hold (OWASP, Cross-Site Request Forgery
Prevention).
"""

import asyncio
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.responses import token_response
from api.browser.cookies import CookieSession, cleared
from api.cognito.calls import TokenSet
from api.errors import (
    AuthError,
    CrossSiteRequest,
    FeatureNotEnabled,
    InvalidToken,
    Refusal,
    RequestBlocked,
    SessionEnded,
    TooFast,
    UpstreamTimeout,
)
from api.logging import exchange, note
from api.problems import problem_response, row_of
from api.rate_limits import REFRESH
from api.runtime import Runtime

if TYPE_CHECKING:
    from api.browser.cookies import Cookies

# They ask for no session, so none that has gone wrong stands in their way.
_ANONYMOUS = (
    "/.well-known/",
    "/docs",
    "/livez",
    "/login",
    "/metrics",
    "/oauth/",
    "/openapi.json",
    "/password/forgot",
    "/password/reset",
    "/readyz",
    "/refresh",
    "/revoke",
    "/signup",
    "/verify",
)
_RENEWAL_SECONDS = 5.0
_SAFE = {"GET", "HEAD", "OPTIONS"}
CSRF_HEADER = "x-csrf-token"


class CookieMiddleware:
    """Turns the session in a request's cookies into an Authorization header, and renews it when it must be."""

    def __init__(self, app: ASGIApp, runtime: Runtime, cookies: "Cookies") -> None:
        """Wrap ``app``."""
        self.app = app
        self._runtime = runtime
        self._cookies = cookies
        # Refresh tokens under way: the requests of one page arrive together.
        self._renewals: dict[str, asyncio.Task[TokenSet]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # Whoever brings a token of their own is asked for nothing else.
        is_asked = "authorization" not in headers and not scope["path"].startswith(_ANONYMOUS)
        session = self._cookies.read(headers) if is_asked else None
        set_cookies: list[str] = []
        try:
            if session:
                set_cookies = await self._admit(scope, headers, session)
        except AuthError as error:
            response = problem_response(Request(scope), row_of(error))
            await response(scope, receive, send)
            return
        await self.app(scope, receive, _writing(scope, send, self._cookies, session, set_cookies))

    async def _admit(self, scope: Scope, headers: Headers, session: CookieSession) -> list[str]:
        """Add the Authorization header; return the cookies to set for a session that was renewed, or has ended."""
        self._require_same_site(scope, headers, session)
        set_cookies: list[str] = []
        token = session.access_token
        if token is None:
            await self._runtime.admit(Request(scope), REFRESH, session.refresh_token)
            start = perf_counter()
            try:
                tokens = await self._renew(session.refresh_token)
            except (RequestBlocked, TooFast):
                # For now, and not for good.
                raise
            except (InvalidToken, SessionEnded, Refusal) as error:
                self._record(401, row_of(error).slug)
                # The route says what that means for it: most answer 401.
                return cleared()
            finally:
                note(renewing=perf_counter() - start)
            token_response(tokens)  # it tells the audit whose they are
            self._record(200, None)
            try:
                token, set_cookies = tokens.access_token, self._cookies.write(tokens, session.id)
            except FeatureNotEnabled:
                # It has grown too large since; the next login says so.
                return cleared()
        scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + token.encode())]
        return set_cookies

    def _record(self, status: int, problem: str | None) -> None:
        """Tell the audit of a renewal: the request has an event of its own."""
        if current := exchange.get():
            self._runtime.audit.record("refresh", status, replace(current, problem=problem))

    async def _renew(self, refresh_token: str) -> TokenSet:
        task = self._renewals.get(refresh_token)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._runtime.sessions.refresh(refresh_token))
            self._renewals[refresh_token] = task
            task.add_done_callback(lambda _: self._renewals.pop(refresh_token, None))
        try:
            async with asyncio.timeout(_RENEWAL_SECONDS):
                # Shielded: the others still wait for it, and what was rotated must not be lost.
                return await asyncio.shield(task)
        except TimeoutError:
            raise UpstreamTimeout from None

    def _require_same_site(self, scope: Scope, headers: Headers, session: CookieSession) -> None:
        if scope["method"] in _SAFE:
            return
        origin = headers.get("origin")
        # Behind a proxy that ends TLS the scheme is not ours to know; the host is.
        own = origin is not None and origin.partition("://")[2] == headers.get("host")
        site = headers.get("sec-fetch-site", "same-origin")
        is_ours = origin in self._runtime.cors_origins or (site == "same-origin" and (own or origin is None))
        if not is_ours or not self._cookies.is_csrf_token(headers.get(CSRF_HEADER, ""), session.id):
            raise CrossSiteRequest


def browser_middleware(runtime: Runtime) -> list[Middleware]:
    """Return what the settings ask for, the outermost first; nothing of it stands in the way of others."""
    found: list[Middleware] = []
    if runtime.cors_origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=sorted(runtime.cors_origins),
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "X-CSRF-Token", "X-Request-ID", "X-Session"],
                expose_headers=["Retry-After", "WWW-Authenticate", "X-CSRF-Token", "X-Request-ID"],
                allow_credentials=runtime.cookies is not None,
                max_age=600,
            )
        )
    if runtime.cookies:
        found.append(Middleware(CookieMiddleware, runtime=runtime, cookies=runtime.cookies))
    return found


def _writing(
    scope: Scope, send: Send, cookies: "Cookies", session: CookieSession | None, set_cookies: list[str]
) -> Send:
    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # A route that began or ended a session has the last word.
            for cookie in scope["state"].get("set_cookies", set_cookies):
                headers.append("set-cookie", cookie)
            if session and scope["method"] in _SAFE:
                headers[CSRF_HEADER] = cookies.csrf_token(session.id)
        await send(message)

    return send_with_cookies
