"""Access of routes to the services of sessions."""

from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from api.sessions.cookies import Cookies
    from api.sessions.service import SessionService


def sessions_of(request: Request) -> "SessionService":
    """Return the session service of the application."""
    return request.app.state.sessions


def cookies_of(request: Request) -> "Cookies | None":
    """Return the cookie sessions of the application, or ``None`` when COOKIE_SESSIONS is off."""
    return request.app.state.cookies
