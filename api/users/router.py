"""POST /signup, /verify and /verify/resend."""

from fastapi import APIRouter, Response

from api import errors
from api.dependencies import Gateway, PoolPasswordPolicy
from api.problems import responses
from api.requests import JsonRoute
from api.users import service
from api.users.schemas import Accepted, ResendRequest, SignupRequest, VerifyRequest

router = APIRouter(tags=["sign-up"], route_class=JsonRoute)

_ACCEPTED = Accepted(detail="If this address can be verified, a code is on its way to it.")


@router.post(
    "/signup",
    operation_id="signup",
    summary="Sign up",
    status_code=202,
    responses=responses(errors.InvalidPassword, errors.ActionRejected, errors.TooManyAttempts),
)
async def signup(body: SignupRequest, gateway: Gateway, policy: PoolPasswordPolicy) -> Accepted:
    """Register an address and a password; a code goes to the address. The answer is the same for a taken one."""
    await service.sign_up(gateway, policy, body.email, body.password.get_secret_value())
    return _ACCEPTED


@router.post(
    "/verify",
    operation_id="verify",
    summary="Verify the e-mail address",
    status_code=204,
    response_class=Response,
    responses=responses(errors.InvalidCode, errors.EmailInUse, errors.ActionRejected, errors.TooManyAttempts),
)
async def verify(body: VerifyRequest, gateway: Gateway) -> None:
    """Confirm the account with the code from the mail."""
    await gateway.confirm_sign_up(body.email, body.code)


@router.post(
    "/verify/resend",
    operation_id="resend_verification",
    summary="Send a new verification code",
    status_code=202,
    responses=responses(),
)
async def resend(body: ResendRequest, gateway: Gateway) -> Accepted:
    """Send a new code; the answer is the same for an address without an account."""
    await service.resend_confirmation_code(gateway, body.email)
    return _ACCEPTED
