"""Cookies in place of the Authorization header, for pages of ours alone; and cross-origin requests by a list.

A request that changes something must come from an origin that is ours or listed, by Sec-Fetch-Site and Origin, and
carry the session's CSRF token. All three, so that no single one has to hold (OWASP, Cross-Site Request Forgery
Prevention).
"""

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.browser.cookies import CookieSession, cleared
from api.cognito.calls import TokenSet
from api.errors import AuthError, CrossSiteRequest, InvalidToken, SessionEnded
from api.logging import note
from api.problems import problem_response, row_of
from api.runtime import Runtime, runtime_of

if TYPE_CHECKING:
    from api.browser.cookies import Cookies

_SAFE = {"GET", "HEAD", "OPTIONS"}
CSRF_HEADER = "x-csrf-token"


class CookieMiddleware:
    """Turns the session in a request's cookies into an Authorization header, and renews it when it must be."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app
        # Refresh tokens under way: the requests of one page arrive together.
        self._renewals: dict[str, asyncio.Task[TokenSet]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        cookies = runtime_of(Request(scope)).cookies if scope["type"] == "http" else None
        headers = Headers(scope=scope) if cookies else Headers()
        session = cookies.read(headers) if cookies and "authorization" not in headers else None
        if cookies is None:
            await self.app(scope, receive, send)
            return
        set_cookies: list[str] = []
        try:
            if session:
                set_cookies = await self._admit(scope, headers, cookies, session)
        except AuthError as error:
            response = problem_response(Request(scope), row_of(error))
            await response(scope, receive, send)
            return
        await self.app(scope, receive, _writing(scope, send, cookies, session, set_cookies))

    async def _admit(self, scope: Scope, headers: Headers, cookies: "Cookies", session: CookieSession) -> list[str]:
        """Add the Authorization header; return the cookies to set for a session that was renewed, or has ended."""
        runtime = runtime_of(Request(scope))
        _require_same_site(scope, headers, runtime, session)
        set_cookies: list[str] = []
        token = session.access_token
        if token is None:
            start = perf_counter()
            try:
                tokens = await self._renew(runtime, session.refresh_token)
            except (InvalidToken, SessionEnded):
                # The route says what that means for it: most answer 401.
                return cleared()
            finally:
                note(renewing=perf_counter() - start)
            token, set_cookies = tokens.access_token, cookies.write(tokens, session.id)
        scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + token.encode())]
        return set_cookies

    async def _renew(self, runtime: Runtime, refresh_token: str) -> TokenSet:
        task = self._renewals.get(refresh_token)
        if task is None:
            task = asyncio.get_running_loop().create_task(runtime.sessions.refresh(refresh_token))
            self._renewals[refresh_token] = task
            task.add_done_callback(lambda _: self._renewals.pop(refresh_token, None))
        return await asyncio.shield(task)


class CorsMiddleware:
    """Starlette's, made when the settings are known; without CORS_ORIGINS it is not there."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app
        self._cors: CORSMiddleware | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        runtime = runtime_of(Request(scope)) if scope["type"] == "http" else None
        if runtime is None or not runtime.cors_origins:
            await self.app(scope, receive, send)
            return
        if self._cors is None:
            self._cors = CORSMiddleware(
                self.app,
                allow_origins=sorted(runtime.cors_origins),
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "X-CSRF-Token", "X-Request-ID", "X-Session"],
                expose_headers=["Retry-After", "WWW-Authenticate", "X-CSRF-Token", "X-Request-ID"],
                allow_credentials=runtime.cookies is not None,
                max_age=600,
            )
        await self._cors(scope, receive, send)


def _require_same_site(scope: Scope, headers: Headers, runtime: Runtime, session: CookieSession) -> None:
    if scope["method"] in _SAFE:
        return
    origin = headers.get("origin")
    # Behind a proxy that ends TLS the scheme is not ours to know; the host is.
    own = origin is not None and origin.partition("://")[2] == headers.get("host")
    listed = origin in runtime.cors_origins
    site = headers.get("sec-fetch-site", "same-origin")
    token = headers.get(CSRF_HEADER, "")
    is_ours = listed or (site == "same-origin" and (own or origin is None))
    if not is_ours or runtime.cookies is None or not runtime.cookies.is_csrf_token(token, session.id):
        raise CrossSiteRequest


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
