"""POST /login and /login/challenge."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import CODES, PASSWORDS, SIGN_IN, SIGN_IN_CODE
from api.sign_in.challenge_responses import ChallengeAnswer
from api.sign_in.responses import SignedIn, require_session_kind, signed_in
from api.sign_in.schemas import LoginRequest
from api.sign_in.service import Answer
from api.telemetry.request_context import note
from api.web.fields import revealed
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses

if TYPE_CHECKING:
    from api.sign_in.service import SignInService

router = APIRouter(tags=["sign-in"], route_class=JsonRoute)

_LOGIN_PROBLEMS = problem_responses(
    errors.InvalidCredentials,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.ActionRejected,
    errors.ChallengeNotSupported,
    errors.FeatureNotEnabled,
    errors.TooManyAttempts,
)


@router.post(
    "/login",
    operation_id="login",
    summary="Log in",
    response_model_exclude_none=True,
    responses=_LOGIN_PROBLEMS,
)
async def login(body: LoginRequest, request: Request) -> SignedIn:
    """Exchange an e-mail address and a password for tokens or for the next challenge.

    Without a password the request starts a sign-in by an e-mailed code or a passkey. The response is then the same for
    every address: if the address cannot sign in, no code is sent and every response to the challenge is rejected.
    """
    require_session_kind(request)
    password = revealed(body.password)
    note(factor="password" if password else body.preferred_challenge or "EMAIL_OTP")
    if password is None:
        factor = body.preferred_challenge or "EMAIL_OTP"
        mailbox = body.email if factor == "EMAIL_OTP" else ""
        context = await count_attempt(request, SIGN_IN_CODE, body.email, mailbox=mailbox)
        return await signed_in(await _service(request).log_in_without_password(body.email, factor, context), request)
    context = await count_attempt(request, SIGN_IN, body.email, guesses=PASSWORDS)
    return await signed_in(await _service(request).log_in(body.email, password, context), request)


@router.post(
    "/login/challenge",
    operation_id="answer_challenge",
    summary="Respond to a challenge",
    response_model_exclude_none=True,
    responses=problem_responses(
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
    """Continue a sign-in: send `session` and `challenge` of the previous step with the values it asks for."""
    require_session_kind(request)
    pending = _service(request).open(body.session)
    answer = Answer(body.challenge, body.value, body.more)
    note(factor="password" if answer.is_password else body.challenge)
    guesses = PASSWORDS if answer.is_password else CODES
    context = await count_attempt(request, SIGN_IN, pending.email, guesses=guesses)
    return await signed_in(await _service(request).answer(pending, answer, context), request)


def _service(request: Request) -> "SignInService":
    return request.app.state.sign_in
