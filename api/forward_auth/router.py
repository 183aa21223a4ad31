"""GET /forward-auth: the user of a request to a product behind a proxy."""

import re
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import errors
from api.errors import CrossSiteRequest, InvalidToken
from api.forward_auth.original import Original, original_of
from api.web.dependencies import BearerToken
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses
from api.web.route_path import root_path
from cognito_tokens import Principal
from cognito_tokens import errors as token_errors
from cognito_tokens.dependencies import verify
from cognito_tokens.errors import InsufficientGroup, InsufficientScope, TokenError

router = APIRouter(tags=["browser"], route_class=JsonRoute)

# By FORWARD_AUTH_HEADERS: the names that products read, those of Authelia and of oauth2-proxy.
NAMES = {
    "remote": ("Remote-User", "Remote-Email", "Remote-Groups", "Remote-Name"),
    "x-auth-request": (
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Auth-Request-Groups",
        "X-Auth-Request-Preferred-Username",
    ),
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_Names = Annotated[str, Query(max_length=1024)]


@router.get(
    "/forward-auth",
    operation_id="forward_auth",
    summary="Tell a proxy the user of a request",
    response_class=Response,
    responses={
        200: {"description": "The request may pass, with the headers of this response."},
        302: {"description": "To the page to sign in, for a page that a browser asks for (PAGES=on)."},
        307: {"description": "To the same address again, with the cookies of the renewed session."},
    }
    | problem_responses(
        token_errors.TokenMissing, errors.InvalidToken, token_errors.InsufficientScope, errors.CrossSiteRequest
    ),
)
async def forward_auth(
    request: Request,
    _: BearerToken,
    groups: Annotated[_Names, Query(description="Names with commas between; the user must be in one of them.")] = "",
    scopes: Annotated[_Names, Query(description="Names with spaces between; the token must have all of them.")] = "",
    preflights: Annotated[
        Literal["pass"] | None, Query(description="`pass`: CORS preflights pass, without a user.")
    ] = None,
) -> Response:
    """Answer 200 with the user's headers, or 401; 302 to the page to sign in where X-Forwarded-Uri names a page.

    The user is that of the bearer token or of the cookie session. All headers are always present, so that a proxy that
    copies them, empty ones too, replaces what a client sends; a bearer token names no address.
    A request that changes something, or a WebSocket, must come from this site or CORS_ORIGINS.

    A session in cookies is renewed only where X-Forwarded-Uri is given, and the answer is then no 2xx, so that the new
    cookies reach the browser: 307 to the same address, or 401 for a WebSocket, after which the client tries again.
    """
    original = original_of(request)
    if preflights and original.is_preflight:
        return _passed(request, None)
    try:
        principal = await verify(request)
    except TokenError as error:
        if error.status == 401 and original.is_page and request.app.state.pages:  # noqa: PLR2004 - HTTP
            return RedirectResponse(_sign_in_at(request, original), 302)
        raise
    # A session in cookies; other sites cannot send a bearer token.
    if hasattr(request.state, "identity") and not original.is_from_this_site:
        raise CrossSiteRequest
    if getattr(request.state, "is_renewed", False):
        if original.is_web_socket:
            raise InvalidToken
        # 307 repeats the method and the body (RFC 9110, section 15.4.8).
        return RedirectResponse(original.uri, 307)
    if wanted := set(scopes.split()) - principal.scopes:
        raise InsufficientScope(frozenset(wanted))
    wanted_groups = {name.strip() for name in groups.split(",")}
    if groups and not wanted_groups & {*principal.groups}:
        raise InsufficientGroup(frozenset(wanted_groups))
    return _passed(request, principal)


def _sign_in_at(request: Request, original: Original) -> str:
    """Return the page to sign in: of the product's host, or of PAGES_URL, which allows RETURN_ORIGINS."""
    pages_url: str | None = request.app.state.pages_url
    return_to = f"{original.origin}{original.uri}" if pages_url else original.uri
    return f"{pages_url or ''}{root_path(request.scope)}/account/sign-in?{urlencode({'return_to': return_to})}"


def _passed(request: Request, principal: Principal | None) -> Response:
    names = NAMES[request.app.state.forward_auth_headers]
    found = ["", "", "", ""]
    if principal:
        session = getattr(request.state, "identity", None)
        # A group with a comma in its name would be two.
        groups = ",".join(name for name in principal.groups if "," not in name)
        found = [principal.sub, session.email if session else "", groups, session.name if session else ""]
        if names is NAMES["x-auth-request"]:
            # Products take the preferred user name for an identity, and people choose their names freely.
            found[3] = principal.sub
    return Response(headers={name: _as_header(value) for name, value in zip(names, found, strict=True)})


def _as_header(value: str) -> str:
    """Return a value as UTF-8 in the form in which ASGI servers take headers; empty if it cannot be one."""
    return "" if _CONTROLS.search(value) else value.encode().decode("latin-1")
