"""Addresses of the pages, and where a page leads."""

from urllib.parse import urlencode

from fastapi import Request

from api.web.return_path import is_return_path
from api.web.route_path import root_path, route_path

HOME, SIGN_IN, SIGNED_IN = "/account", "/account/sign-in", "/account/signed-in"
# Of the URL, for one showing of a page.
_PASSING = {"done", "reason", "lang"}
# As /oauth/login takes it.
_LONGEST_RETURN = 512


def located(request: Request, address: str) -> str:
    """Return an address; one of the pages gets the path under which a proxy serves the API."""
    return f"{root_path(request.scope)}{address}" if _is_ours(address) else address


def here(request: Request, back: str) -> str:
    """Return the page that is shown; for a form, ``back``, the page that has it."""
    if request.method == "POST":
        return back if is_return_path(back) and _is_ours(back) else HOME
    query = "&".join(part for part in request.url.query.split("&") if part.partition("=")[0] not in _PASSING)
    path = route_path(request.scope)
    return f"{path}?{query}" if query else path


def after_provider(return_to: str) -> str:
    """Return where a sign-in at an identity provider leads: a path, as /oauth/login takes it.

    A listed origin is reached through a page.
    """
    path = return_to if is_return_path(return_to) else f"{SIGNED_IN}?{urlencode({'return_to': return_to})}"
    return path if return_to and len(path) <= _LONGEST_RETURN else HOME


def _is_ours(address: str) -> bool:
    return f"{address.partition('?')[0]}/".startswith(f"{HOME}/")
