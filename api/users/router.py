"""POST /signup, /verify and /verify/resend."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.auth.responses import SignedIn, require_session_kind, signed_in_response
from api.problems import responses
from api.rate_limits import RESEND, SIGN_UP, VERIFICATION
from api.requests import JsonRoute
from api.runtime import runtime_of
from api.schemas import revealed
from api.users.schemas import Accepted, ResendRequest, SignupRequest, VerifyRequest

router = APIRouter(tags=["sign-up"], route_class=JsonRoute)

_ACCEPTED = Accepted(detail="If this address can be verified, a code is on its way to it.")


@router.post(
    "/signup",
    operation_id="signup",
    summary="Sign up",
    status_code=202,
    response_model_exclude_none=True,
    responses=responses(
        errors.InvalidPassword, errors.ActionRejected, errors.FeatureNotEnabled, errors.TooManyAttempts
    ),
)
async def signup(body: SignupRequest, request: Request) -> Accepted:
    """Register an address and a password; a code goes to the address. The answer is the same for a taken one.

    Without a password the person signs in by codes and passkeys, where the pool allows it.
    """
    runtime = runtime_of(request)
    password = revealed(body.password)
    try:
        context = await runtime.admit(request, SIGN_UP, body.email)
    except errors.TooFast:
        await runtime.users.refuse(body.email, password)
        raise
    session = await runtime.users.sign_up(body.email, password, context, auto_sign_in=body.auto_sign_in)
    return Accepted(detail=_ACCEPTED.detail, session=session)


@router.post(
    "/verify",
    operation_id="verify",
    summary="Verify the e-mail address",
    status_code=204,
    response_class=Response,
    responses={
        200: {
            "model": SignedIn,
            "description": "Signed in: with the `session` of the sign-up, where Cognito gives one.",
        },
        **responses(
            errors.InvalidCode,
            errors.EmailInUse,
            errors.ActionRejected,
            errors.FeatureNotEnabled,
            errors.TooManyAttempts,
        ),
    },
)
async def verify(body: VerifyRequest, request: Request) -> Response:
    """Confirm the account with the code from the mail.

    The password of the sign-up is needed as well when another was offered for the address too, so send it if you still
    have it. With the `session` of the sign-up the answer is that of POST /login, where the pool allows it; else it is
    empty.
    """
    require_session_kind(request)
    runtime = runtime_of(request)
    context = await runtime.admit(request, VERIFICATION, body.email)
    session = await runtime.users.confirm_sign_up(body.email, body.code, revealed(body.password), body.session, context)
    signed_in = await runtime.sign_in.continue_sign_up(body.email, session, context) if session else None
    return signed_in_response(signed_in, request) if signed_in else Response(status_code=204)


@router.post(
    "/verify/resend",
    operation_id="resend_verification",
    summary="Send a new verification code",
    status_code=202,
    response_model_exclude_none=True,
    responses=responses(errors.TooManyAttempts),
)
async def resend(body: ResendRequest, request: Request) -> Accepted:
    """Send a new code; the answer is the same for an address without an account."""
    runtime = runtime_of(request)
    context = await runtime.admit(request, RESEND, body.email)
    await runtime.users.resend_confirmation_code(body.email, context)
    return _ACCEPTED
