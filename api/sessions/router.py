"""GET /session; POST /refresh, /revoke and /logout."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import REFRESH, SIGN_OUT
from api.sessions.dependencies import cookies_of, sessions_of
from api.sessions.responses import token_response
from api.sessions.schemas import LogoutRequest, RefreshRequest, SessionResponse, TokenResponse
from api.web.dependencies import BearerToken
from api.web.json_route import JsonRoute
from api.web.principal_route import PrincipalRoute
from api.web.problems import PROBLEMS, documented, problem_responses
from cognito_tokens import errors as token_errors
from cognito_tokens.dependencies import CurrentPrincipal

router = APIRouter(tags=["sign-in"], route_class=JsonRoute)


# Registered first: routes are matched in order, and this one is requested most often.
async def session(principal: CurrentPrincipal) -> SessionResponse:
    """Return the user, scopes and groups in the access token. Cognito is not called."""
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
    summary="Show the current session",
    route_class_override=PrincipalRoute,
    # The last three occur only with cookie sessions, when the session is renewed.
    responses=documented(
        *(
            PROBLEMS[error]
            for error in (
                token_errors.TokenMissing,
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
    "/refresh",
    operation_id="refresh",
    summary="Renew the tokens",
    responses=problem_responses(
        errors.InvalidToken, errors.SessionEnded, errors.ActionRejected, errors.TooManyAttempts
    ),
)
async def refresh(body: RefreshRequest, request: Request) -> TokenResponse:
    """Exchange the refresh token for new tokens. Store the returned refresh token: the old one soon expires."""
    refresh_token = body.refresh_token.get_secret_value()
    await count_attempt(request, REFRESH, refresh_token)
    return token_response(await sessions_of(request).refresh(refresh_token))


@router.post(
    "/revoke",
    operation_id="revoke",
    summary="End one session",
    status_code=204,
    response_class=Response,
    responses=problem_responses(errors.UnsupportedTokenType, errors.TooManyAttempts),
)
async def revoke(body: RefreshRequest, request: Request) -> None:
    """End the session of a refresh token. The response is the same for an unknown or expired token (RFC 7009)."""
    refresh_token = body.refresh_token.get_secret_value()
    await count_attempt(request, REFRESH, refresh_token)
    await sessions_of(request).revoke(refresh_token)


@router.post(
    "/logout",
    operation_id="logout",
    summary="Log out everywhere",
    status_code=204,
    response_class=Response,
    responses=problem_responses(
        errors.InvalidToken, token_errors.TokenMissing, token_errors.InsufficientScope, errors.TooManyAttempts
    ),
)
async def logout(request: Request, bearer: BearerToken, body: LogoutRequest | None = None) -> None:
    """End every session of the user. Send the access token in the body or in the Authorization header."""
    token = body.access_token.get_secret_value() if body else bearer
    if token is None:
        raise token_errors.TokenMissing
    await count_attempt(request, SIGN_OUT, token)
    await sessions_of(request).log_out(token)
    if cookies := cookies_of(request):
        request.state.set_cookies = cookies.cleared()
