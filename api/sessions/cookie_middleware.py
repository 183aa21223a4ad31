"""Middleware for browsers: cookie sessions with CSRF protection.

A request with an unsafe method must come from this origin or a listed one, by Sec-Fetch-Site or else Origin, and carry
the session's CSRF token, so that the protection does not depend on a single one (OWASP, Cross-Site Request Forgery
Prevention).
"""

import asyncio
import logging
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import REFRESH
from api.cognito.calls import TokenSet
from api.errors import (
    AuthError,
    CrossSiteRequest,
    CsrfTokenRefused,
    FeatureNotEnabled,
    InvalidToken,
    Refusal,
    RequestBlocked,
    SessionEnded,
    TooFast,
    UpstreamTimeout,
)
from api.sessions.cookies import CookieSession, Identity
from api.sessions.responses import token_response
from api.telemetry.audit import Audit
from api.telemetry.request_context import note, request_context
from api.web.client_ip import forwarded
from api.web.problems import problem_response, problem_type_of
from api.web.return_path import is_return_path
from api.web.route_path import route_path
from api.web.same_site import is_same_site
from api.web.time_budget import RENEWAL_SECONDS

if TYPE_CHECKING:
    from api.sessions.cookies import Cookies
    from api.sessions.service import SessionService

logger = logging.getLogger(__name__)

_LONGEST_LOGGED = 100
_SAFE = {"GET", "HEAD", "OPTIONS"}
CSRF_HEADER = "x-csrf-token"
_FORWARD_AUTH = "/forward-auth"


class CookieMiddleware:
    """Translates the session in a request's cookies into an Authorization header, and renews it when needed."""

    def __init__(  # noqa: PLR0913 - what a session in cookies needs
        self,
        app: ASGIApp,
        *,
        cookies: "Cookies",
        sessions: "SessionService",
        audit: Audit,
        origins: frozenset[str],
        anonymous_paths: frozenset[str],
    ) -> None:
        """Wrap ``app``.

        ``origins`` may send requests that change something, beside the API's own. On ``anonymous_paths`` cookies are
        not read, so an expired session does not block public routes.
        """
        self.app = app
        self._cookies = cookies
        self._sessions = sessions
        self._audit = audit
        self._origins = origins
        self._anonymous_paths = anonymous_paths
        # Renewals in progress by refresh token: the requests of one page arrive together and share one.
        self._renewals: dict[str, asyncio.Task[TokenSet]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # A request with its own Authorization header does not use the cookies.
        is_asked = "authorization" not in headers and route_path(scope) not in self._anonymous_paths
        session = self._cookies.read(headers) if is_asked else None
        set_cookies: list[str] = []
        try:
            if session:
                set_cookies = await self._authenticate(scope, headers, session)
        except AuthError as error:
            response = problem_response(Request(scope), problem_type_of(error))
            await response(scope, receive, send)
            return
        await self.app(scope, receive, _writing(scope, send, self._cookies, session, set_cookies))

    async def _authenticate(self, scope: Scope, headers: Headers, session: CookieSession) -> list[str]:
        """Add the Authorization header; return the cookies to set if the session was renewed or has ended."""
        self._require_same_site(scope, headers, session)
        set_cookies: list[str] = []
        token, identity = session.access_token, session.identity
        if token is None and route_path(scope) == _FORWARD_AUTH and not _knows_uri(scope):
            # The proxy would not pass the new cookies on to the browser.
            return set_cookies
        if token is None:
            await count_attempt(Request(scope), REFRESH, session.refresh_token)
            start = perf_counter()
            try:
                tokens = await self._renew(session)
            except (RequestBlocked, TooFast):
                # Temporary errors: the session is kept.
                raise
            except (InvalidToken, SessionEnded, Refusal) as error:
                self._record(401, problem_type_of(error).slug)
                # Continue without a token: the route decides, and most return 401.
                return self._cookies.cleared()
            finally:
                note(renewal_seconds=perf_counter() - start)
            token_response(tokens)  # notes the user's sub for the audit event
            self._record(200, None)
            scope["state"]["is_renewed"] = True
            identity = Identity.of(tokens)
            try:
                token, set_cookies = tokens.access_token, self._cookies.write(tokens, session.id)
            except FeatureNotEnabled:
                # The tokens no longer fit into cookies; the next login reports that.
                return self._cookies.cleared()
        scope["state"]["identity"] = identity
        scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + token.encode())]
        return set_cookies

    def _record(self, status: int, problem: str | None) -> None:
        """Record an audit event for the renewal; the request itself has its own."""
        if current := request_context.get():
            self._audit.record("refresh", status, replace(current, problem=problem))

    async def _renew(self, session: CookieSession) -> TokenSet:
        refresh_token = session.refresh_token
        task = self._renewals.get(refresh_token)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._sessions.refresh(refresh_token, session.session))
            self._renewals[refresh_token] = task
            task.add_done_callback(lambda _: self._renewals.pop(refresh_token, None))
        try:
            async with asyncio.timeout(RENEWAL_SECONDS):
                # Shielded: other requests still wait for it, and rotated tokens must not be lost.
                return await asyncio.shield(task)
        except TimeoutError:
            raise UpstreamTimeout from None

    def _require_same_site(self, scope: Scope, headers: Headers, session: CookieSession) -> None:
        if scope["method"] in _SAFE:
            return
        if not is_same_site(headers, self._origins):
            origin, host = (headers.get(name, "")[:_LONGEST_LOGGED] for name in ("origin", "host"))
            logger.info("a request of another site was refused: Origin %r, Host %r", origin, host)
            raise CrossSiteRequest
        if not self._cookies.is_csrf_token(headers.get(CSRF_HEADER, ""), session.id):
            raise CsrfTokenRefused


def _knows_uri(scope: Scope) -> bool:
    (uri,) = forwarded(Request(scope), scope["app"].state.trusted_proxies, "uri")
    return is_return_path(uri)


def _writing(
    scope: Scope, send: Send, cookies: "Cookies", session: CookieSession | None, set_cookies: list[str]
) -> Send:
    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # Cookies set by a route that started or ended a session take precedence.
            for cookie in scope["state"].get("set_cookies", set_cookies):
                headers.append("set-cookie", cookie)
            if session and scope["method"] in _SAFE:
                headers[CSRF_HEADER] = cookies.csrf_token(session.id)
        await send(message)

    return send_with_cookies
