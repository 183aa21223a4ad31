"""How a sign-in is answered, whichever route it ends at."""

from contextlib import suppress

from fastapi import Request, Response

from api.auth.schemas import ChallengeResponse, CookieSessionResponse, TokenResponse
from api.cognito.calls import TokenSet
from api.errors import FeatureNotEnabled
from api.logging import note
from api.runtime import runtime_of
from api.tokens import TokenError
from api.tokens.claims import required
from api.tokens.parsing import parse

SignedIn = TokenResponse | CookieSessionResponse | ChallengeResponse


def token_response(tokens: TokenSet) -> TokenResponse:
    """Return the tokens under OAuth's names; whose they are, the audit is told."""
    with suppress(TokenError):
        note(sub=required(parse(tokens.access_token).claims, "sub", str))
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )


def require_session_kind(request: Request) -> None:
    """Raise ``FeatureNotEnabled`` when a session in cookies is asked for where there are none."""
    if _wants_cookies(request) and runtime_of(request).cookies is None:
        raise FeatureNotEnabled


def signed_in(found: TokenSet | ChallengeResponse, request: Request) -> SignedIn:
    """Return the body for what a step of a sign-in came to."""
    if not isinstance(found, TokenSet):
        note(outcome="challenge")
        return found
    body = token_response(found)
    cookies = runtime_of(request).cookies
    if cookies is None or not _wants_cookies(request):
        return body
    csrf_token, request.state.set_cookies = cookies.begin(found)
    return CookieSessionResponse(csrf_token=csrf_token, expires_in=found.expires_in)


def signed_in_response(found: TokenSet | ChallengeResponse, request: Request) -> Response:
    """Return the response with that body."""
    return Response(signed_in(found, request).model_dump_json(exclude_none=True), media_type="application/json")


def _wants_cookies(request: Request) -> bool:
    return request.headers.get("x-session") == "cookie"
