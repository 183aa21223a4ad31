"""Forms: read within limits, and only those that this browser got from these pages (OWASP, CSRF Prevention)."""

import secrets
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException

from api.sessions.cookies import ATTRIBUTES, CookieSession
from api.web.body import read_body

# Room for a sealed session and a passkey.
_LARGEST = 64 * 1024
_MOST_FIELDS = 64
_TYPE = "application/x-www-form-urlencoded"
# Before a sign-in: against forms that another site fills in, to sign the user in to another account (login CSRF).
COOKIE = "__Host-form"
TOKEN = "form_token"  # noqa: S105 - a field's name


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields; raise 408, 413 or 415 as for JSON, and 400 for a malformed body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise HTTPException(415)
    data = await read_body(request, _LARGEST)
    try:
        rows = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    return dict(rows)


def form_identity(request: Request, session: CookieSession | None) -> tuple[str, str | None]:
    """Return what this browser's form tokens are bound to, and a cookie to set where it is new."""
    if session:
        return session.id, None
    if known := request.cookies.get(COOKIE):
        return f"form {known}", None
    created = secrets.token_urlsafe(16)
    return f"form {created}", f"{COOKIE}={created}; {ATTRIBUTES}"
