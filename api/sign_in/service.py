"""Sign-in, a step at a time: what each step means, and what a step must not tell.

Cognito's session goes to the client sealed, with the user's name and the challenge it belongs to. So the client can
change neither, and no worker keeps anything.

Who begins without a password has proven nothing, so the answer is the same for every address: where Cognito has no
challenge to give, a simulated one is (ADR 0012).
"""

import base64
import hmac
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from api.abuse_protection.uniform_timing import Concealment
from api.cognito.calls import TokenSet, UserContext
from api.cognito.challenge_gateway import Challenge, ChallengeGateway
from api.cognito.password_policy import PasswordPolicy
from api.errors import (
    ActionRejected,
    AuthError,
    ChallengeCodeMismatch,
    ChallengeExpired,
    ChallengeNotSupported,
    EmailNotVerified,
    FeatureNotEnabled,
    FieldError,
    InvalidCode,
    InvalidCredentials,
    InvalidToken,
    MfaNotEnrolled,
    PasswordResetRequired,
    TooManyAttempts,
    ValidationFailed,
)
from api.kit.sealing import SealBrokenError, Sealer
from api.kit.totp import totp_setup
from api.sign_in.challenge_responses import SUPPORTED
from api.sign_in.schemas import ChallengeParameters, ChallengeResponse

if TYPE_CHECKING:
    from api.abuse_protection.limiter_storage import Counters
    from api.state.sign_ups import SignUps

FirstFactor = Literal["EMAIL_OTP", "WEB_AUTHN"]
# What only a real challenge can end in: said, it would tell that there is somebody.
_ONE_REFUSAL = (
    ActionRejected,
    ChallengeCodeMismatch,
    ChallengeExpired,
    EmailNotVerified,
    InvalidCredentials,
    MfaNotEnrolled,
    PasswordResetRequired,
    TooManyAttempts,
    ValidationFailed,
)
# Fewer than Cognito's own, so that a simulated challenge ends as a real one does.
_ANSWERS = "3 per 15 minute"


class Pending(BaseModel):
    """What a sealed session holds; without a session of Cognito's the challenge is simulated."""

    id: str
    challenge: str
    session: str
    username: str
    email: str
    is_first: bool
    required_attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer to ``challenge``; ``more`` as for ``respond_to_auth_challenge``."""

    challenge: str
    value: str
    more: dict[str, str]


@dataclass(frozen=True)
class Branding:
    """What authenticators show and check: the product's name, and the domain that passkeys are made for."""

    name: str
    relying_party: str | None
    user_verification: str


@dataclass(frozen=True)
class SignInService:
    """Sign-in by password, by a code, by a passkey, and whatever Cognito asks for then."""

    gateway: ChallengeGateway
    sealer: Sealer
    counters: "Counters"
    sign_ups: "SignUps"
    policy: PasswordPolicy
    concealment: Concealment
    branding: Branding
    # Whether PASSWORDLESS is on, as at the pool.
    passwordless: bool
    # What simulated passkeys are made with.
    secret: str = field(repr=False)

    async def log_in(self, email: str, password: str, context: UserContext) -> TokenSet | ChallengeResponse:
        """Sign in by password; raise ``EmailNotVerified`` for the right one only, whatever Cognito says."""
        try:
            found = await self.gateway.initiate_auth(email, password, context)
        except EmailNotVerified:
            if await self.sign_ups.is_password(email, password):
                raise
            raise InvalidCredentials from None
        return await self._next(found, email)

    async def log_in_without_password(
        self, email: str, factor: FirstFactor, context: UserContext
    ) -> TokenSet | ChallengeResponse:
        """Begin by another factor; raise ``ValidationFailed`` where the pool or this API does not offer it."""
        if not self.passwordless:
            raise ValidationFailed(FieldError("/password", "is needed: nobody signs in without one here"))
        if factor == "WEB_AUTHN" and self.branding.relying_party is None:
            raise ValidationFailed(FieldError("/preferred_challenge", "WEB_AUTHN is not offered here"))
        async with self.concealment.lasting():
            try:
                found = await self.gateway.initiate_user_auth(email, factor, context)
            except (InvalidCredentials, EmailNotVerified, PasswordResetRequired):
                found = None
            except FeatureNotEnabled:
                raise ValidationFailed(FieldError("/password", "is needed: nobody signs in without one here")) from None
        if not isinstance(found, Challenge) or found.name != factor:
            found = self._simulated(email, factor)
        # Masked here, for one and all in the same way.
        found = replace(found, destination=_masked(email) if factor == "EMAIL_OTP" else None)
        return await self._next(found, email, is_first=True)

    async def continue_sign_up(
        self, email: str, session: str, context: UserContext
    ) -> TokenSet | ChallengeResponse | None:
        """Sign in who has just verified the address; nothing when that cannot be: the verification stands."""
        try:
            return await self._next(await self.gateway.continue_sign_up(email, session, context), email)
        except AuthError:
            return None

    def open(self, sealed: str) -> Pending:
        """Return what a sealed session holds; raise ``ChallengeExpired``."""
        try:
            return self.sealer.open(sealed, Pending)
        except SealBrokenError:
            raise ChallengeExpired from None

    async def answer(self, pending: Pending, answer: Answer, context: UserContext) -> TokenSet | ChallengeResponse:
        """Go on with an answer; raise ``ChallengeExpired`` for a session that has been answered too often."""
        if answer.challenge != pending.challenge:
            raise ValidationFailed(FieldError("/challenge", f"must be {pending.challenge}, as the session's"))
        if answer.challenge == "NEW_PASSWORD_REQUIRED":
            self.policy.require(answer.value, "/new_password")
            if closed := sorted(answer.more.keys() - set(pending.required_attributes)):
                raise ValidationFailed(*(FieldError(f"/attributes/{name}", "is not asked for") for name in closed))
        if await self.counters.hit(_ANSWERS, "challenge", pending.id):
            raise ChallengeExpired
        if not pending.is_first:
            return await self._next(await self._respond(pending, answer, context), pending.email)
        async with self.concealment.lasting():
            found = await self._respond_first(pending, answer, context)
        return await self._next(found, pending.email)

    async def _respond_first(self, pending: Pending, answer: Answer, context: UserContext) -> TokenSet | Challenge:
        """Refuse alike, whether the challenge was simulated, the answer wrong, or the user locked out."""
        if pending.session:
            with suppress(*_ONE_REFUSAL):
                return await self._respond(pending, answer, context)
        raise InvalidCredentials if pending.challenge == "WEB_AUTHN" else ChallengeCodeMismatch

    async def _respond(self, pending: Pending, answer: Answer, context: UserContext) -> TokenSet | Challenge:
        session = pending.session
        if pending.challenge == "MFA_SETUP":
            with _as_steps():
                session = await self.gateway.verify_software_token(session, answer.value)
        challenge = Challenge(pending.challenge, session, pending.username)
        return await self.gateway.respond_to_auth_challenge(challenge, answer.value, context, answer.more)

    async def _next(
        self, found: TokenSet | Challenge, email: str, *, is_first: bool = False
    ) -> TokenSet | ChallengeResponse:
        if isinstance(found, TokenSet):
            return found
        if found.name not in SUPPORTED:
            raise ChallengeNotSupported(found.name)
        session, parameters = found.session, _parameters(found)
        if found.name == "MFA_SETUP":
            if "SOFTWARE_TOKEN_MFA" not in found.choices:
                raise ChallengeNotSupported(found.name)
            with _as_steps():
                secret_code, session = await self.gateway.associate_software_token(session)
            parameters = ChallengeParameters(totp=totp_setup(self.branding.name, email, secret_code))
        pending = Pending(
            id=secrets.token_urlsafe(16),
            challenge=found.name,
            session=session,
            username=found.username,
            email=email,
            is_first=is_first,
            required_attributes=found.required_attributes,
        )
        return ChallengeResponse(challenge=found.name, session=self.sealer.seal(pending), parameters=parameters)

    def _simulated(self, email: str, factor: FirstFactor) -> Challenge:
        if factor == "EMAIL_OTP":
            return Challenge(factor, "", email)
        options = {
            "challenge": secrets.token_urlsafe(32),
            "timeout": 180000,
            "rpId": self.branding.relying_party,
            "allowCredentials": [{"type": "public-key", "id": self._credential_id(email), "transports": ["internal"]}],
            "userVerification": self.branding.user_verification,
        }
        return Challenge(factor, "", email, credential_request_options=options)

    def _credential_id(self, email: str) -> str:
        # The same at each request, as a real one is.
        digest = hmac.digest(self.secret.encode(), f"simulated passkey {email}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@contextmanager
def _as_steps() -> Generator[None]:
    """Say of a step what the operations of the own account say of a token and of a code."""
    try:
        yield
    except InvalidToken:
        raise ChallengeExpired from None
    except InvalidCode:
        raise ChallengeCodeMismatch from None


def _masked(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[0]}***@{domain[0]}***"


def _parameters(challenge: Challenge) -> ChallengeParameters:
    return ChallengeParameters(
        destination=challenge.destination,
        choices=list(challenge.choices) or None,
        required_attributes=list(challenge.required_attributes) or None,
        credential_request_options=challenge.credential_request_options,
        custom=challenge.custom or None,
    )
