"""POST /signup, /verify and /verify/resend."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import CODES, RESEND, SIGN_UP, VERIFICATION
from api.sign_in.responses import SignedIn, require_session_kind, signed_in_response
from api.sign_up.schemas import ResendRequest, SignupRequest, VerifyRequest
from api.web.accepted import Accepted
from api.web.fields import revealed
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses

if TYPE_CHECKING:
    from api.sign_up.service import SignUpService
    from api.sign_up.verification import VerificationService

router = APIRouter(tags=["sign-up"], route_class=JsonRoute)

_ACCEPTED = Accepted(detail="If this address can be verified, a code is on its way to it.")


@router.post(
    "/signup",
    operation_id="signup",
    summary="Sign up",
    status_code=202,
    response_model_exclude_none=True,
    responses=problem_responses(
        errors.InvalidPassword, errors.ActionRejected, errors.FeatureNotEnabled, errors.TooManyAttempts
    ),
)
async def signup(body: SignupRequest, request: Request) -> Accepted:
    """Register an address and a password, and send a code to the address. A taken address gets the same response.

    Without a password the user signs in with codes and passkeys, if the pool allows it.
    """
    context = await count_attempt(request, SIGN_UP, body.email, mailbox=body.email)
    session = await _service(request).sign_up(
        body.email, revealed(body.password), context, auto_sign_in=body.auto_sign_in
    )
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
            "description": "Signed in, with the `session` of the sign-up.",
        },
        **problem_responses(
            errors.InvalidCode,
            errors.EmailInUse,
            errors.PasswordResetRequired,
            errors.ChallengeNotSupported,
            errors.FeatureNotEnabled,
            errors.TooManyAttempts,
        ),
    },
)
async def verify(body: VerifyRequest, request: Request) -> Response:
    """Confirm the account with the code from the e-mail.

    Send the password of the sign-up, too: it proves that the account is yours. Without it, and with another one, the
    address is verified, but unless this was its only sign-up, the response is 403 `password-reset-required`: set a
    password with the second code that is then mailed. With the `session` of the sign-up and a proved password, the
    response is that of POST /login; otherwise it is empty.
    """
    require_session_kind(request)
    context = await count_attempt(request, VERIFICATION, body.email, guesses=CODES)
    service: VerificationService = request.app.state.verification
    signed_in = await service.verify(body.email, body.code, revealed(body.password), body.session, context)
    return await signed_in_response(signed_in, request) if signed_in else Response(status_code=204)


@router.post(
    "/verify/resend",
    operation_id="resend_verification",
    summary="Send a new verification code",
    status_code=202,
    response_model_exclude_none=True,
    responses=problem_responses(errors.TooManyAttempts),
)
async def resend(body: ResendRequest, request: Request) -> Accepted:
    """Send a new code. The response is the same for an address without an account."""
    context = await count_attempt(request, RESEND, body.email, mailbox=body.email)
    await _service(request).resend_confirmation_code(body.email, context)
    return _ACCEPTED


def _service(request: Request) -> "SignUpService":
    return request.app.state.sign_up
