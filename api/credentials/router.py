"""POST /password/forgot, /password/reset and /password/change."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.credentials.schemas import ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest
from api.problems import responses
from api.rate_limits import PASSWORD_CHANGE, RECOVERY, VERIFICATION
from api.requests import JsonRoute
from api.runtime import runtime_of
from api.tokens import CurrentPrincipal
from api.tokens.dependencies import bearer_token
from api.users.schemas import Accepted

router = APIRouter(tags=["password"], prefix="/password", route_class=JsonRoute)

_ACCEPTED = Accepted(detail="If this address has an account, a code is on its way to it.")


@router.post(
    "/forgot",
    operation_id="forgot_password",
    summary="Ask for a code to reset the password",
    status_code=202,
    response_model_exclude_none=True,
    responses=responses(errors.TooManyAttempts),
)
async def forgot(body: ForgotPasswordRequest, request: Request) -> Accepted:
    """Send a code to the address; the answer is the same for an address without an account."""
    runtime = runtime_of(request)
    context = await runtime.admit(request, RECOVERY, body.email)
    await runtime.passwords.forgot(body.email, context)
    return _ACCEPTED


@router.post(
    "/reset",
    operation_id="reset_password",
    summary="Reset the password",
    status_code=204,
    response_class=Response,
    responses=responses(
        errors.InvalidCode,
        errors.InvalidPassword,
        errors.PasswordReused,
        errors.ActionRejected,
        errors.TooManyAttempts,
    ),
)
async def reset(body: ResetPasswordRequest, request: Request) -> None:
    """Set a new password with the code from the mail.

    Every session of the user ends; where a second factor stands before the sign-in, they end for this API alone.
    """
    runtime = runtime_of(request)
    context = await runtime.admit(request, VERIFICATION, body.email)
    await runtime.passwords.reset(body.email, body.code, body.new_password.get_secret_value(), context)


@router.post(
    "/change",
    operation_id="change_password",
    summary="Change the password",
    status_code=204,
    response_class=Response,
    responses=responses(
        errors.TokenMissing,
        errors.InvalidToken,
        errors.InvalidCredentials,
        errors.EmailNotVerified,
        errors.PasswordResetRequired,
        errors.InvalidPassword,
        errors.PasswordReused,
        errors.TooManyAttempts,
    ),
)
async def change(body: ChangePasswordRequest, request: Request, principal: CurrentPrincipal) -> None:
    """Set a new password with the old one. Every session of the user ends, this one too: log in again."""
    runtime = runtime_of(request)
    await runtime.admit(request, PASSWORD_CHANGE, principal.sub)
    token = bearer_token(request) or ""
    await runtime.passwords.change(
        token, principal.sub, body.old_password.get_secret_value(), body.new_password.get_secret_value()
    )
