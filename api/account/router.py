"""/me: profile, export, deletion, and the change of the address."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.account.schemas import EmailCode, ExportResponse, ProfileResponse, ProfileUpdate
from api.dependencies import CurrentCaller, RecentCaller, require_recent
from api.problems import responses
from api.rate_limits import ACCOUNT, ACCOUNT_READ, RESEND, VERIFICATION
from api.requests import JsonRoute
from api.runtime import runtime_of
from api.users.schemas import Accepted

router = APIRouter(tags=["account"], prefix="/me", route_class=JsonRoute)

BEARER = (
    errors.TokenMissing,
    errors.InvalidToken,
    errors.InsufficientScope,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.TooManyAttempts,
)


@router.get(
    "",
    operation_id="get_me",
    summary="Show my profile",
    response_model_exclude_none=True,
    responses=responses(*BEARER),
)
async def get_me(request: Request, caller: CurrentCaller) -> ProfileResponse:
    """Return the profile, as Cognito has it now."""
    runtime = runtime_of(request)
    await runtime.admit(request, ACCOUNT_READ, caller.principal.sub)
    return await runtime.accounts.profile(caller)


@router.patch(
    "",
    operation_id="update_me",
    summary="Change my profile",
    response_model_exclude_none=True,
    responses=responses(
        *BEARER, errors.LoginTooOld, errors.InvalidCode, errors.CodeDeliveryFailed, errors.ActionRejected
    ),
)
async def update_me(body: ProfileUpdate, request: Request, caller: CurrentCaller) -> ProfileResponse:
    """Change what is given. A new address needs a recent login, and counts once its code is verified.

    The answer is the same when the address has an account already; then no code comes.
    """
    runtime = runtime_of(request)
    if body.email:
        require_recent(caller)
    await runtime.admit(request, RESEND if body.email else ACCOUNT, caller.principal.sub)
    return await runtime.accounts.update(caller, body)


@router.delete(
    "",
    operation_id="delete_me",
    summary="Delete my account",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.LoginTooOld),
)
async def delete_me(request: Request, caller: RecentCaller) -> None:
    """Delete the account, for ever; every session ends. It needs a recent login."""
    runtime = runtime_of(request)
    await runtime.admit(request, ACCOUNT, caller.principal.sub)
    await runtime.accounts.delete(caller)


@router.get(
    "/export",
    operation_id="export_me",
    summary="Export all that is held of me",
    response_model_exclude_none=True,
    responses=responses(*BEARER, errors.LoginTooOld),
)
async def export_me(request: Request, caller: RecentCaller) -> ExportResponse:
    """Return all that Cognito holds of the person. It needs a recent login."""
    runtime = runtime_of(request)
    await runtime.admit(request, ACCOUNT, caller.principal.sub)
    return await runtime.accounts.export(caller)


@router.post(
    "/email/verify",
    operation_id="verify_email",
    summary="Verify my new address",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.InvalidCode, errors.EmailInUse),
)
async def verify_email(body: EmailCode, request: Request, caller: CurrentCaller) -> None:
    """Let the new address take the place of the old one."""
    runtime = runtime_of(request)
    await runtime.admit(request, VERIFICATION, caller.principal.sub)
    await runtime.account.verify_user_attribute(caller.access_token, "email", body.code)


@router.post(
    "/email/resend",
    operation_id="resend_email",
    summary="Send a new code to my new address",
    status_code=202,
    response_model_exclude_none=True,
    responses=responses(*BEARER, errors.ActionRejected),
)
async def resend_email(request: Request, caller: CurrentCaller) -> Accepted:
    """Send a new code."""
    runtime = runtime_of(request)
    await runtime.admit(request, RESEND, caller.principal.sub)
    await runtime.accounts.resend_email(caller)
    return Accepted(detail="If an address is to be verified, a code is on its way to it.")
