"""Responses of a sign-in step, whichever route it ends at."""

from fastapi import Request, Response

from api.cognito.calls import TokenSet
from api.errors import FeatureNotEnabled
from api.sessions.beginning import begin_cookie_session
from api.sessions.dependencies import cookies_of
from api.sessions.responses import token_response
from api.sessions.schemas import CookieSessionResponse, TokenResponse
from api.sign_in.schemas import ChallengeResponse
from api.telemetry.request_context import note

SignedIn = TokenResponse | CookieSessionResponse | ChallengeResponse


def require_session_kind(request: Request) -> None:
    """Raise ``FeatureNotEnabled`` when a cookie session is requested and cookie sessions are disabled."""
    if _wants_cookies(request) and cookies_of(request) is None:
        raise FeatureNotEnabled


async def signed_in(found: TokenSet | ChallengeResponse, request: Request) -> SignedIn:
    """Return the body for the result of a sign-in step: tokens, a cookie session or a challenge.

    A new cookie session replaces the one of the same browser, which ends.
    """
    if not isinstance(found, TokenSet):
        note(outcome="challenge")
        return found
    body = token_response(found)
    cookies = cookies_of(request)
    if cookies is None or not _wants_cookies(request):
        return body
    csrf_token = await begin_cookie_session(request, cookies, found)
    return CookieSessionResponse(csrf_token=csrf_token, expires_in=found.expires_in)


async def signed_in_response(found: TokenSet | ChallengeResponse, request: Request) -> Response:
    """Return the body of ``signed_in`` as a response."""
    body = await signed_in(found, request)
    return Response(body.model_dump_json(exclude_none=True), media_type="application/json")


def _wants_cookies(request: Request) -> bool:
    return request.headers.get("x-session") == "cookie"
