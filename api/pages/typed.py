"""What was typed in a form whose user had to sign in first: kept in a sealed cookie, for the same user and page."""

from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import BaseModel
from starlette.datastructures import Headers

from api.kit.sealing import SealBrokenError
from api.sessions.cookies import ATTRIBUTES, LARGEST, CookieSession
from cognito_tokens.claims import required
from cognito_tokens.errors import TokenError
from cognito_tokens.parsing import parse

if TYPE_CHECKING:
    from api.pages.view import View

COOKIE = "__Host-typed"
SECONDS = 600
CLEARED = f"{COOKIE}=; {ATTRIBUTES}; Max-Age=0"


class Typed(BaseModel):
    """Contents of the cookie: the user, the page that has the form, and its fields."""

    sub: str
    page: str
    fields: dict[str, str]


def keep(view: "View") -> None:
    """Keep the address and the profile of a form; what else a form has is short, or a secret."""
    names = ("email", *view.pages.profile_attributes)
    fields = {name: view.form[name] for name in names if name in view.form}
    # The API may have renewed the session meanwhile, or ended it.
    sub = _user(view.session) or _user(view.cookies.read(Headers({"cookie": view.api.cookies})))
    if not (fields and sub):
        return
    sealed = view.pages.typed.seal(Typed(sub=sub, page=view.here, fields=fields))
    cookie = f"{COOKIE}={sealed}; {ATTRIBUTES}; Max-Age={SECONDS}"
    if len(cookie) <= LARGEST:
        view.api.add_cookie(cookie)


def kept(view: "View") -> dict[str, str]:
    """Return what was typed on this page; empty where there is nothing, or another user has signed in."""
    try:
        found = view.pages.typed.open(view.request.cookies[COOKIE], Typed)
    except (KeyError, SealBrokenError):
        return {}
    is_this = (found.sub, found.page) == (_user(view.session), view.here)
    return found.fields if is_this else {}


def _user(session: CookieSession | None) -> str | None:
    """Return the ``sub`` of a session, which is sealed, or ``None`` where its access token has expired."""
    with suppress(TokenError):
        if session and session.access_token:
            return required(parse(session.access_token).claims, "sub", str)
    return None
