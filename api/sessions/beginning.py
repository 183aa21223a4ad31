"""Begin of a session in cookies: it replaces the browser's former one, and makes the device known."""

from fastapi import Request

from api.cognito.calls import TokenSet
from api.sessions.cookies import Cookies
from api.sessions.dependencies import sessions_of
from api.telemetry.request_context import request_context


async def begin_cookie_session(request: Request, cookies: Cookies, tokens: TokenSet) -> str:
    """Set the cookies of the response, and return the session's CSRF token."""
    csrf_token, set_cookies = cookies.begin(tokens)
    current = request_context.get()
    if request.app.state.notices and current and current.sub:
        current.is_new_device = not cookies.knows_device(request.headers, current.sub)
        set_cookies.append(cookies.device_cookie(current.sub))
    request.state.set_cookies = set_cookies
    if former := cookies.read(request.headers):
        await sessions_of(request).replace(former.refresh_token, former.session)
    return csrf_token
