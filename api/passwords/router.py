"""POST /password/forgot, /password/reset and /password/change."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import CODES, PASSWORD_CHANGE, RECOVERY, VERIFICATION
from api.notices.address import note_address
from api.password_rules.rules import RulesResponse
from api.passwords.schemas import ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest, ResetResponse
from api.telemetry.request_context import note
from api.web.accepted import Accepted
from api.web.dependencies import CurrentCaller
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses
from cognito_tokens import errors as token_errors

if TYPE_CHECKING:
    from api.passwords.service import PasswordService

router = APIRouter(tags=["password"], prefix="/password", route_class=JsonRoute)

_ACCEPTED = Accepted(detail="If this address has an account, a code is on its way to it.")


@router.post(
    "/forgot",
    operation_id="forgot_password",
    summary="Request a code to reset the password",
    status_code=202,
    response_model_exclude_none=True,
    responses=problem_responses(errors.TooManyAttempts),
)
async def forgot(body: ForgotPasswordRequest, request: Request) -> Accepted:
    """Send a code to the address. The response is the same for an address without an account."""
    context = await count_attempt(request, RECOVERY, body.email, mailbox=body.email)
    await _service(request).forgot(body.email, context)
    return _ACCEPTED


@router.post(
    "/reset",
    operation_id="reset_password",
    summary="Reset the password",
    status_code=204,
    response_class=Response,
    responses={
        200: {"model": ResetResponse, "description": "The password is set, but earlier sessions have not ended."}
    }
    | problem_responses(
        errors.InvalidCode,
        errors.InvalidPassword,
        errors.PasswordReused,
        errors.ActionRejected,
        errors.TooManyAttempts,
    ),
)
async def reset(body: ResetPasswordRequest, request: Request) -> Response:
    """Set a new password with the code from the e-mail.

    Every session of the user ends; if that fails, the response is 200 in place of 204. If a second factor is required
    and administration is disabled, the sessions at Cognito end only when they are next renewed through this API.
    """
    context = await count_attempt(request, VERIFICATION, body.email, guesses=CODES)
    has_ended = await _service(request).reset(body.email, body.code, body.new_password.get_secret_value(), context)
    if has_ended:
        return Response(status_code=204)
    note(outcome="sessions_not_ended")
    return Response(ResetResponse(sessions_ended=False).model_dump_json(), media_type="application/json")


@router.post(
    "/change",
    operation_id="change_password",
    summary="Change the password",
    status_code=204,
    response_class=Response,
    responses=problem_responses(
        token_errors.TokenMissing,
        errors.InvalidToken,
        token_errors.InsufficientScope,
        errors.EmailNotVerified,
        errors.PasswordResetRequired,
        errors.InvalidPassword,
        errors.PasswordReused,
        errors.TooManyAttempts,
    ),
)
async def change(body: ChangePasswordRequest, request: Request, caller: CurrentCaller) -> None:
    """Set a new password, given the old one. Every session of the user ends, including this one: log in again.

    A wrong old password is 422 at `/old_password`.
    """
    await count_attempt(request, PASSWORD_CHANGE, caller.principal.sub)
    await note_address(request, caller)
    await _service(request).change(
        caller.access_token,
        caller.principal.sub,
        body.old_password.get_secret_value(),
        body.new_password.get_secret_value(),
    )


@router.get("/rules", operation_id="password_rules", summary="Show the rules for passwords")
async def rules(request: Request) -> RulesResponse:
    """Return what a new password needs, and what is refused, as texts for people."""
    return _service(request).rules.texts()


def _service(request: Request) -> "PasswordService":
    return request.app.state.passwords
