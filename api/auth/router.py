"""POST /login and POST /logout."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.auth import service
from api.auth.schemas import LoginRequest, LogoutRequest, TokenResponse
from api.dependencies import BearerToken
from api.errors import TokenMissing
from api.problems import responses
from api.rate_limits import SIGN_IN
from api.requests import JsonRoute
from api.runtime import runtime_of

router = APIRouter(tags=["sign-in"], route_class=JsonRoute)

_LOGIN_PROBLEMS = responses(
    errors.InvalidCredentials,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.ActionRejected,
    errors.ChallengeNotSupported,
    errors.TooManyAttempts,
)


@router.post("/login", operation_id="login", summary="Log in", responses=_LOGIN_PROBLEMS)
async def login(body: LoginRequest, request: Request) -> TokenResponse:
    """Exchange an e-mail address and a password for tokens."""
    runtime = runtime_of(request)
    context = await runtime.admit(request, SIGN_IN, body.email)
    tokens = await service.log_in(runtime.gateway, body.email, body.password.get_secret_value(), context)
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )


@router.post(
    "/logout",
    operation_id="logout",
    summary="Log out everywhere",
    status_code=204,
    response_class=Response,
    responses=responses(errors.InvalidToken, errors.TokenMissing),
)
async def logout(request: Request, bearer: BearerToken, body: LogoutRequest | None = None) -> None:
    """End every session of the user; the access token comes in the body or in the Authorization header."""
    token = body.access_token.get_secret_value() if body else bearer
    if token is None:
        raise TokenMissing
    await runtime_of(request).gateway.global_sign_out(token)
