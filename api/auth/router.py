"""POST /login, /login/challenge, /refresh, /revoke and /logout; GET /session."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.auth.answers import ChallengeAnswer
from api.auth.responses import SignedIn, require_session_kind, signed_in, token_response
from api.auth.routes import PrincipalRoute
from api.auth.schemas import (
    LoginRequest,
    LogoutRequest,
    RefreshRequest,
    SessionResponse,
    TokenResponse,
)
from api.auth.sign_in import Answer
from api.browser.cookies import cleared
from api.dependencies import BearerToken
from api.errors import TokenMissing
from api.problems import TABLE, documented, responses
from api.rate_limits import REFRESH, SIGN_IN, SIGN_IN_CODE, SIGN_OUT
from api.requests import JsonRoute
from api.runtime import runtime_of
from api.schemas import revealed
from api.tokens import CurrentPrincipal

router = APIRouter(tags=["sign-in"], route_class=JsonRoute)

_LOGIN_PROBLEMS = responses(
    errors.InvalidCredentials,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.ActionRejected,
    errors.ChallengeNotSupported,
    errors.FeatureNotEnabled,
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
    # The last three where sessions are in cookies, and this one is renewed.
    responses=documented(
        *(
            TABLE[error]
            for error in (
                errors.TokenMissing,
                errors.InvalidToken,
                errors.UpstreamUnavailable,
                errors.RateLimited,
                errors.UpstreamInvalidResponse,
                errors.UpstreamTimeout,
            )
        )
    ),
)


@router.post(
    "/login",
    operation_id="login",
    summary="Log in",
    response_model_exclude_none=True,
    responses=_LOGIN_PROBLEMS,
)
async def login(body: LoginRequest, request: Request) -> SignedIn:
    """Exchange an e-mail address and a password for tokens, or for the next step to them.

    The address alone begins a sign-in without a password, by a code or a passkey. The answer to that is the same for
    every address; where there is nobody to sign in, no code is sent and no answer is right.
    """
    require_session_kind(request)
    runtime = runtime_of(request)
    password = revealed(body.password)
    context = await runtime.admit(request, SIGN_IN if password else SIGN_IN_CODE, body.email)
    if password is None:
        factor = body.preferred_challenge or "EMAIL_OTP"
        return signed_in(await runtime.sign_in.log_in_without_password(body.email, factor, context), request)
    return signed_in(await runtime.sign_in.log_in(body.email, password, context), request)


@router.post(
    "/login/challenge",
    operation_id="answer_challenge",
    summary="Answer a challenge",
    response_model_exclude_none=True,
    responses=responses(
        errors.InvalidCredentials,
        errors.InvalidCode,
        errors.ChallengeExpired,
        errors.ChallengeCodeMismatch,
        errors.EmailNotVerified,
        errors.PasswordResetRequired,
        errors.InvalidPassword,
        errors.PasswordReused,
        errors.MfaNotEnrolled,
        errors.EmailInUse,
        errors.ActionRejected,
        errors.ChallengeNotSupported,
        errors.FeatureNotEnabled,
        errors.TooManyAttempts,
    ),
)
async def answer_challenge(body: ChallengeAnswer, request: Request) -> SignedIn:
    """Go on with a sign-in: the `session` and `challenge` of the step before, and what that challenge asks for."""
    require_session_kind(request)
    runtime = runtime_of(request)
    pending = runtime.sign_in.open(body.session)
    context = await runtime.admit(request, SIGN_IN, pending.email)
    answer = Answer(body.challenge, body.value, body.more)
    return signed_in(await runtime.sign_in.answer(pending, answer, context), request)


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
    return token_response(await runtime.sessions.refresh(refresh_token))


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
    responses=responses(errors.InvalidToken, errors.TokenMissing, errors.InsufficientScope, errors.TooManyAttempts),
)
async def logout(request: Request, bearer: BearerToken, body: LogoutRequest | None = None) -> None:
    """End every session of the user; the access token comes in the body or in the Authorization header."""
    token = body.access_token.get_secret_value() if body else bearer
    if token is None:
        raise TokenMissing
    runtime = runtime_of(request)
    await runtime.admit(request, SIGN_OUT, token)
    await runtime.sessions.log_out(token)
    if runtime.cookies:
        request.state.set_cookies = cleared()
