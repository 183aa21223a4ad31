"""/oauth/login, /oauth/callback, /oauth/logout and /.well-known/change-password."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import REFRESH, SIGN_IN
from api.errors import CrossSiteRequest, FeatureNotEnabled, OAuthFailed
from api.hosted_pages.oauth_errors import refused_at_callback
from api.sessions.beginning import begin_cookie_session
from api.sessions.dependencies import cookies_of, sessions_of
from api.sessions.responses import token_response
from api.sessions.schemas import TokenResponse
from api.telemetry.request_context import note
from api.web.fields import Form
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses

if TYPE_CHECKING:
    from api.hosted_pages.oauth import OAuthClient

router = APIRouter(tags=["browser"], route_class=JsonRoute)

# One cookie per sign-in, so that several pages can begin one; its name ends with the beginning of the state.
_FLOW = "__Host-oauth-"
_STATE_IN_NAME = 12
_MOST_FLOWS = 5
_FLOW_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
_REDIRECT: dict[int | str, dict[str, Any]] = {
    302: {"description": "Found", "headers": {"Location": {"schema": {"type": "string"}}}}
}
_Path = Annotated[
    str,
    Query(max_length=512, description="Return path on this host."),
    Form(r"^/([^/\\\x00-\x20][^\\\x00-\x20]*)?$", "It must be a path of this host, such as /basket."),
]
_Parameter = Annotated[str | None, Query(max_length=4096)]
_Hint = Annotated[str, Form(r"^[^\x00-\x1f\x7f]{1,256}$", "It must have at most 256 characters, and no controls.")]
_Language = Annotated[str, Form(r"^[A-Za-z]{2,3}(-[A-Za-z]{2,4})?$", "It must be a language such as de or pt-BR.")]


@router.get(
    "/oauth/login",
    operation_id="oauth_login",
    summary="Sign in at the hosted pages",
    status_code=302,
    response_class=Response,
    responses=_REDIRECT | problem_responses(errors.FeatureNotEnabled, errors.CrossSiteRequest),
)
async def login(  # noqa: PLR0913 - the parameters of the URL
    request: Request,
    *,
    return_to: _Path = "/",
    identity_provider: Annotated[_Hint | None, Query(description="Skip the page: sign in at this provider.")] = None,
    login_hint: Annotated[_Hint | None, Query(description="The user name, filled in at the page.")] = None,
    lang: Annotated[_Language | None, Query(description="Of the page.")] = None,
    prompt: Annotated[
        Literal["none", "login", "select_account", "consent"] | None, Query(description="OpenID Connect's `prompt`.")
    ] = None,
) -> Response:
    """Redirect to the pool's hosted sign-in page, which redirects back to /oauth/callback.

    Another site can send the browser here only by an action of the user, such as a click.
    """
    oauth = _oauth(request)
    if request.headers.get("sec-fetch-site") == "cross-site" and request.headers.get("sec-fetch-user") != "?1":
        raise CrossSiteRequest
    hints = {"identity_provider": identity_provider, "login_hint": login_hint, "lang": lang, "prompt": prompt}
    address, state, sealed = oauth.begin(return_to, {name: hint for name, hint in hints.items() if hint})
    response = RedirectResponse(address, 302)
    flows = [name for name in request.cookies if name.startswith(_FLOW)]
    # Browsers send older cookies first (RFC 6265, section 5.4).
    _forget(response, flows[: max(0, len(flows) - _MOST_FLOWS + 1)])
    cookie = f"{_flow_of(state)}={sealed}; {_FLOW_ATTRIBUTES}; Max-Age={oauth.FLOW_SECONDS}"
    response.headers.append("set-cookie", cookie)
    return response


@router.get(
    "/oauth/callback",
    operation_id="oauth_callback",
    summary="Complete the sign-in at the hosted pages",
    response_model=TokenResponse,
    responses=_REDIRECT
    | problem_responses(
        errors.FeatureNotEnabled, errors.OAuthFailed, errors.OAuthDenied, errors.OAuthInteractionRequired
    ),
)
async def callback(
    request: Request,
    code: _Parameter = None,
    state: _Parameter = None,
    error: _Parameter = None,
    iss: _Parameter = None,
) -> Response:
    """Exchange the code for tokens, returned in the body or, if cookie sessions are enabled, in cookies.

    With OAUTH_ERROR_URL, a sign-in that fails redirects there instead, with the slug of the problem in the parameter
    `error`.
    """
    oauth = _oauth(request)
    request.state.error_url = oauth.error_url
    note(factor="hosted-pages")
    await count_attempt(request, SIGN_IN, state or "")
    flow = oauth.resume(request.cookies.get(_flow_of(state or ""), ""), state or "", iss)
    # It can be used once, whatever becomes of it.
    request.state.error_cookies = [_forgotten(_flow_of(flow.state))]
    if error is not None:
        raise refused_at_callback(error)
    if not code:
        raise OAuthFailed
    tokens = await oauth.finish(flow, code)
    body = token_response(tokens)
    cookies = cookies_of(request)
    if cookies is None:
        response = Response(body.model_dump_json(), media_type="application/json")
    else:
        response = RedirectResponse(flow.return_to, 302)
        await begin_cookie_session(request, cookies, tokens)
    _forget(response, [_flow_of(flow.state)])
    return response


@router.get(
    "/oauth/logout",
    operation_id="oauth_logout",
    summary="Sign out here and at the hosted pages",
    status_code=302,
    response_class=Response,
    responses=_REDIRECT | problem_responses(errors.FeatureNotEnabled, errors.CrossSiteRequest),
)
async def logout(request: Request) -> Response:
    """End the cookie session, and redirect to the hosted pages to end the session there."""
    oauth = _oauth(request)
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise CrossSiteRequest
    cookies = cookies_of(request)
    session = cookies.read(request.headers) if cookies else None
    if cookies and session:
        await count_attempt(request, REFRESH, session.refresh_token)
        await sessions_of(request).revoke(session.refresh_token, session.session)
        request.state.set_cookies = cookies.cleared()
    return RedirectResponse(oauth.logout_address(), 302)


@router.get(
    "/.well-known/change-password",
    operation_id="change_password_page",
    summary="Redirect to the password change page",
    status_code=302,
    response_class=Response,
    responses=_REDIRECT | problem_responses(errors.ResourceMissing),
)
async def change_password_page(request: Request) -> Response:
    """Redirect password managers to the password change page, if there is one.

    See W3C, A Well-Known URL for Changing Passwords.
    """
    address: str | None = request.app.state.change_password_url
    if address is None:
        raise errors.ResourceMissing
    return RedirectResponse(address, 302)


def _flow_of(state: str) -> str:
    return _FLOW + state[:_STATE_IN_NAME]


def _forget(response: Response, cookies: list[str]) -> None:
    for name in cookies:
        response.headers.append("set-cookie", _forgotten(name))


def _forgotten(cookie: str) -> str:
    return f"{cookie}=; {_FLOW_ATTRIBUTES}; Max-Age=0"


def _oauth(request: Request) -> "OAuthClient":
    oauth: OAuthClient | None = request.app.state.oauth
    if oauth is None:
        raise FeatureNotEnabled
    return oauth
