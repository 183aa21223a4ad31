"""/me: profile, export, deletion and change of the e-mail address."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import ACCOUNT, ACCOUNT_READ, CODES, RESEND, VERIFICATION
from api.account.dependencies import BEARER, gateway_of, profile_of
from api.account.schemas import EmailCode, ExportResponse, ProfileResponse, ProfileUpdate
from api.notices.address import note_address
from api.web.accepted import Accepted
from api.web.dependencies import CurrentCaller, RecentCaller, require_recent
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses
from cognito_tokens import errors as token_errors

router = APIRouter(tags=["account"], prefix="/me", route_class=JsonRoute)


@router.get(
    "",
    operation_id="get_me",
    summary="Show my profile",
    response_model_exclude_none=True,
    responses=problem_responses(*BEARER),
)
async def get_me(request: Request, caller: CurrentCaller) -> ProfileResponse:
    """Return the current profile from Cognito."""
    await count_attempt(request, ACCOUNT_READ, caller.principal.sub)
    return await profile_of(request).profile(caller)


@router.patch(
    "",
    operation_id="update_me",
    summary="Change my profile",
    response_model_exclude_none=True,
    responses=problem_responses(
        *BEARER, token_errors.LoginTooOld, errors.InvalidCode, errors.CodeDeliveryFailed, errors.ActionRejected
    ),
)
async def update_me(body: ProfileUpdate, request: Request, caller: CurrentCaller) -> ProfileResponse:
    """Change the given fields. A new address requires a recent login and takes effect once its code is verified.

    The response is the same if another account has the address; no code is sent then.
    """
    if body.email:
        require_recent(request, caller.principal)
    await count_attempt(request, RESEND if body.email else ACCOUNT, caller.principal.sub, mailbox=body.email or "")
    return await profile_of(request).update(caller, body)


@router.delete(
    "",
    operation_id="delete_me",
    summary="Delete my account",
    status_code=204,
    response_class=Response,
    responses=problem_responses(
        *BEARER, token_errors.LoginTooOld, errors.Conflict, errors.ResourceMissing, errors.CredentialsMissing
    ),
)
async def delete_me(request: Request, caller: RecentCaller) -> None:
    """Delete the account permanently and end every session. Requires a recent login.

    The last member of ADMIN_GROUP cannot: the response is 409.
    """
    await count_attempt(request, ACCOUNT, caller.principal.sub)
    await profile_of(request).delete(caller)


@router.get(
    "/export",
    operation_id="export_me",
    summary="Export my data",
    response_model_exclude_none=True,
    responses=problem_responses(*BEARER, token_errors.LoginTooOld),
)
async def export_me(request: Request, caller: RecentCaller) -> ExportResponse:
    """Return all data that Cognito stores about the user. Requires a recent login."""
    await count_attempt(request, ACCOUNT, caller.principal.sub)
    return await profile_of(request).export(caller)


@router.post(
    "/email/verify",
    operation_id="verify_email",
    summary="Verify my new address",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*BEARER, errors.InvalidCode, errors.EmailInUse),
)
async def verify_email(body: EmailCode, request: Request, caller: CurrentCaller) -> None:
    """Verify the new address with the code sent to it; it then replaces the old one."""
    await count_attempt(request, VERIFICATION, caller.principal.sub, guesses=CODES)
    await note_address(request, caller)
    await gateway_of(request).verify_user_attribute(caller.access_token, "email", body.code)


@router.post(
    "/email/resend",
    operation_id="resend_email",
    summary="Send a new code to my new address",
    status_code=202,
    response_model_exclude_none=True,
    responses=problem_responses(*BEARER, errors.ActionRejected),
)
async def resend_email(request: Request, caller: CurrentCaller) -> Accepted:
    """Send a new code."""
    await count_attempt(request, RESEND, caller.principal.sub, mailbox=caller.principal.sub)
    await profile_of(request).resend_email(caller)
    return Accepted(detail="If an address is awaiting verification, a code is on its way to it.")
