"""POST /login, /refresh, /revoke and /logout; GET /session."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.auth import service
from api.auth.routes import PrincipalRoute
from api.auth.schemas import LoginRequest, LogoutRequest, RefreshRequest, SessionResponse, TokenResponse
from api.cognito.gateway import TokenSet
from api.dependencies import BearerToken
from api.errors import TokenMissing
from api.problems import TABLE, documented, responses
from api.rate_limits import REFRESH, SIGN_IN, SIGN_OUT
from api.requests import JsonRoute
from api.runtime import runtime_of
from api.tokens import CurrentPrincipal

router = APIRouter(tags=["sign-in"], route_class=JsonRoute)

_LOGIN_PROBLEMS = responses(
    errors.InvalidCredentials,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.ActionRejected,
    errors.ChallengeNotSupported,
    errors.TooManyAttempts,
)


# First: routes are matched in turn, and this one is asked most.
async def session(principal: CurrentPrincipal) -> SessionResponse:
    """Say whom the access token speaks for; from the token alone, without a call to Cognito."""
    return SessionResponse(
        sub=principal.sub,
        username=principal.username,
        client_id=principal.client_id,
        scopes=sorted(principal.scopes),
        groups=list(principal.groups),
        auth_time=principal.auth_time,
        expires_at=principal.expires_at,
    )


router.add_api_route(
    "/session",
    session,
    operation_id="session",
    summary="Who am I?",
    route_class_override=PrincipalRoute,
    responses=documented(TABLE[errors.TokenMissing], TABLE[errors.InvalidToken], TABLE[errors.UpstreamUnavailable]),
)


@router.post("/login", operation_id="login", summary="Log in", responses=_LOGIN_PROBLEMS)
async def login(body: LoginRequest, request: Request) -> TokenResponse:
    """Exchange an e-mail address and a password for tokens."""
    runtime = runtime_of(request)
    context = await runtime.admit(request, SIGN_IN, body.email)
    tokens = await service.log_in(runtime.gateway, body.email, body.password.get_secret_value(), context)
    return _token_response(tokens)


@router.post(
    "/refresh",
    operation_id="refresh",
    summary="Renew the tokens",
    responses=responses(errors.InvalidToken, errors.SessionEnded, errors.ActionRejected, errors.TooManyAttempts),
)
async def refresh(body: RefreshRequest, request: Request) -> TokenResponse:
    """Exchange the refresh token for new tokens. Keep the refresh token of the answer: the old one soon ends."""
    runtime = runtime_of(request)
    refresh_token = body.refresh_token.get_secret_value()
    await runtime.admit(request, REFRESH, refresh_token)
    return _token_response(await runtime.sessions.refresh(refresh_token))


@router.post(
    "/revoke",
    operation_id="revoke",
    summary="End one session",
    status_code=204,
    response_class=Response,
    responses=responses(errors.UnsupportedTokenType, errors.TooManyAttempts),
)
async def revoke(body: RefreshRequest, request: Request) -> None:
    """End the session of a refresh token; the same answer for one that is unknown or has ended (RFC 7009)."""
    runtime = runtime_of(request)
    refresh_token = body.refresh_token.get_secret_value()
    await runtime.admit(request, REFRESH, refresh_token)
    await runtime.sessions.revoke(refresh_token)


@router.post(
    "/logout",
    operation_id="logout",
    summary="Log out everywhere",
    status_code=204,
    response_class=Response,
    responses=responses(errors.InvalidToken, errors.TokenMissing, errors.TooManyAttempts),
)
async def logout(request: Request, bearer: BearerToken, body: LogoutRequest | None = None) -> None:
    """End every session of the user; the access token comes in the body or in the Authorization header."""
    token = body.access_token.get_secret_value() if body else bearer
    if token is None:
        raise TokenMissing
    runtime = runtime_of(request)
    await runtime.admit(request, SIGN_OUT, token)
    await runtime.sessions.log_out(token)


def _token_response(tokens: TokenSet) -> TokenResponse:
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )
