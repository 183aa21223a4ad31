"""Multi-step sign-in: challenges, sealed sessions and protection against account enumeration.

Cognito's session is sealed together with the username and the challenge before it goes to the client. The client can
change none of them, and workers keep no state.

A caller that starts without a password has proven nothing, so the response is the same for every address: if Cognito
returns no challenge, a simulated one is returned (ADR 0012).
"""

import base64
import hmac
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from api.abuse_protection.counters import Window
from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import TokenSet, UserContext
from api.cognito.challenge_gateway import AFTER_PASSWORD, Challenge, ChallengeGateway
from api.errors import (
    ActionRejected,
    AuthError,
    ChallengeCodeMismatch,
    ChallengeExpired,
    ChallengeNotSupported,
    CodeDeliveryFailed,
    DeliveryMisconfigured,
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
from api.password_rules.rules import PasswordRules
from api.sign_in.admission import Admission, Found
from api.sign_in.challenge_responses import SUPPORTED
from api.sign_in.schemas import ChallengeParameters, ChallengeResponse
from api.sign_in.typed_passwords import as_typed_then_composed

if TYPE_CHECKING:
    from api.abuse_protection.counters import RateLimitCounters

FirstFactor = Literal["EMAIL_OTP", "WEB_AUTHN"]
# Errors that only a real challenge can produce; returning them would reveal that the account exists.
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
# Errors of accounts that cannot start with this factor, or to which no code can be sent: the challenge is simulated.
_SIMULATED = (
    CodeDeliveryFailed,
    DeliveryMisconfigured,
    EmailNotVerified,
    InvalidCredentials,
    PasswordResetRequired,
    TooManyAttempts,
)
# Fewer attempts than Cognito allows, so that simulated and real challenges end alike.
_ANSWERS = 3
# The longest lifetime of a session (AuthSessionValidity).
_ANSWER_SECONDS = 15 * 60


class Pending(BaseModel):
    """Contents of a sealed session; if ``session`` is empty, the challenge is simulated."""

    id: str
    challenge: str
    session: str
    username: str
    email: str
    is_first: bool
    # Whether the password, or what follows it, brought this challenge.
    is_by_password: bool = True
    required_attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A response to ``challenge``; ``more`` is that of ``respond_to_auth_challenge``."""

    challenge: str
    value: str
    more: dict[str, str]

    @property
    def is_password(self) -> bool:
        """Whether the response is a password."""
        return "PASSWORD" in {self.challenge, self.value} and self.challenge in {"PASSWORD", "SELECT_CHALLENGE"}


@dataclass(frozen=True)
class Branding:
    """Settings for authenticators: the product's name, the domain of passkeys, and user verification."""

    name: str
    relying_party: str | None
    user_verification: str


@dataclass(frozen=True)
class SignInService:
    """Sign-in with a password, a code or a passkey, and the challenges that follow."""

    gateway: ChallengeGateway
    sealer: Sealer
    counters: "RateLimitCounters"
    admission: Admission
    rules: PasswordRules
    uniform_timing: UniformTiming
    branding: Branding
    # Whether PASSWORDLESS is enabled; must match the pool.
    passwordless: bool
    # Key for the credential ids of simulated passkeys.
    secret: str = field(repr=False)

    async def log_in(self, email: str, password: str, context: UserContext) -> TokenSet | ChallengeResponse:
        """Sign in with a password; every refusal is ``InvalidCredentials`` unless REVEAL_ACCOUNT_STATE is on."""
        try:
            found = await self._by_password(email, password, context)
        except AuthError as error:
            await self.admission.refuse(email, error)
        return await self._next(await self.admission.admit(email, found), email)

    async def prove_password(self, email: str, password: str, context: UserContext) -> Found:
        """Return what only the right password brings; raise ``AuthError`` otherwise."""
        found = await self._by_password(email, password, context)
        if isinstance(found, Challenge) and found.name not in AFTER_PASSWORD:
            raise InvalidCredentials
        return found

    async def _by_password(self, email: str, password: str, context: UserContext) -> Found:
        return await as_typed_then_composed(password, lambda typed: self.gateway.initiate_auth(email, typed, context))

    async def after_proof(self, email: str, found: Found) -> TokenSet | ChallengeResponse:
        """Continue with the result of ``prove_password``."""
        if isinstance(found, TokenSet):
            await self.admission.remember(email, found)
        return await self._next(found, email)

    async def log_in_without_password(
        self, email: str, factor: FirstFactor, context: UserContext
    ) -> TokenSet | ChallengeResponse:
        """Start a sign-in with another factor; raise ``ValidationFailed`` if the pool or this API does not offer it."""
        if not self.passwordless:
            raise ValidationFailed(FieldError("/password", "A password is required: passwordless sign-in is off."))
        if factor == "WEB_AUTHN" and self.branding.relying_party is None:
            raise ValidationFailed(FieldError("/preferred_challenge", "Sign-in with a passkey (WEB_AUTHN) is off."))
        async with self.uniform_timing.padded():
            try:
                found = await self.gateway.initiate_user_auth(email, factor, context)
            except _SIMULATED:
                found = None
            except FeatureNotEnabled:
                raise ValidationFailed(
                    FieldError("/password", "A password is required: passwordless sign-in is off.")
                ) from None
        if not isinstance(found, Challenge) or found.name != factor:
            found = self._simulated(email, factor)
        # Masked here, so that real and simulated destinations look alike.
        found = replace(found, destination=_masked(email) if factor == "EMAIL_OTP" else None)
        return await self._next(found, email, is_first=True, is_by_password=False)

    async def continue_sign_up(
        self, email: str, session: str, context: UserContext
    ) -> TokenSet | ChallengeResponse | None:
        """Sign in after a verification; return ``None`` on an error, because the verification has succeeded."""
        try:
            found = await self.gateway.continue_sign_up(email, session, context)
            return await self._go_on(found, email, is_by_password=False)
        except AuthError:
            return None

    def open(self, sealed: str) -> Pending:
        """Return the contents of a sealed session; raise ``ChallengeExpired`` if it is invalid or expired."""
        try:
            return self.sealer.open(sealed, Pending)
        except SealBrokenError:
            raise ChallengeExpired from None

    async def answer(self, pending: Pending, answer: Answer, context: UserContext) -> TokenSet | ChallengeResponse:
        """Continue with a challenge response; raise ``ChallengeExpired`` after too many attempts."""
        if answer.challenge != pending.challenge:
            raise ValidationFailed(
                FieldError("/challenge", f"It must be {pending.challenge}, the session's challenge.")
            )
        if answer.challenge == "NEW_PASSWORD_REQUIRED":
            await self.rules.require(answer.value, "/new_password", pending.email)
            if closed := sorted(answer.more.keys() - set(pending.required_attributes)):
                raise ValidationFailed(
                    *(FieldError(f"/attributes/{name}", "This attribute is not requested.") for name in closed)
                )
        if await self.counters.hit([Window(self.counters.key("challenge", pending.id), _ANSWERS, _ANSWER_SECONDS)]):
            raise ChallengeExpired
        if pending.is_first:
            async with self.uniform_timing.padded(success=False):
                found = await self._respond_first(pending, answer, context)
        else:
            found = await self._respond_after_first(pending, answer, context)
        return await self._go_on(found, pending.email, is_by_password=pending.is_by_password or answer.is_password)

    async def _respond_first(self, pending: Pending, answer: Answer, context: UserContext) -> Found:
        """Raise the same error for a simulated challenge, a wrong response and a locked-out user.

        A simulated challenge asks Cognito with a made-up session: its time and its faults are those of a real one.
        """
        asked = pending if pending.session else pending.model_copy(update={"session": secrets.token_urlsafe(96)})
        with suppress(*_ONE_REFUSAL):
            return await self._respond(asked, answer, context)
        raise InvalidCredentials if pending.challenge == "WEB_AUTHN" else ChallengeCodeMismatch

    async def _respond_after_first(self, pending: Pending, answer: Answer, context: UserContext) -> Found:
        try:
            if pending.challenge == "NEW_PASSWORD_REQUIRED":
                return await self._take_up_invitation(pending, answer, context)
            return await self._respond(pending, answer, context)
        except AuthError as error:
            await self.admission.refuse(pending.email, error)

    async def _take_up_invitation(self, pending: Pending, answer: Answer, context: UserContext) -> Found:
        """Replace a temporary password, which was mailed to the address: that ends its quarantine."""
        quarantine = self.admission.quarantine
        before = await quarantine.look(pending.email)
        found = await self._respond(pending, answer, context)
        await quarantine.password_set(pending.email, before, found.sub if isinstance(found, TokenSet) else None)
        return found

    async def _go_on(self, found: Found, email: str, *, is_by_password: bool) -> TokenSet | ChallengeResponse:
        if is_by_password:
            found = await self.admission.admit(email, found)
        elif isinstance(found, TokenSet):
            await self.admission.remember(email, found)
        return await self._next(found, email, is_by_password=is_by_password)

    async def _respond(self, pending: Pending, answer: Answer, context: UserContext) -> Found:
        session = pending.session
        if pending.challenge == "MFA_SETUP":
            with _as_steps():
                session = await self.gateway.verify_software_token(session, answer.value)
        challenge = Challenge(pending.challenge, session, pending.username)
        return await self.gateway.respond_to_auth_challenge(challenge, answer.value, context, answer.more)

    async def _next(
        self, found: Found, email: str, *, is_first: bool = False, is_by_password: bool = True
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
            is_by_password=is_by_password,
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
        # Stable across requests, like a real credential id.
        digest = hmac.digest(self.secret.encode(), f"simulated passkey {email}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@contextmanager
def _as_steps() -> Generator[None]:
    """Translate ``InvalidToken`` and ``InvalidCode``, raised by the TOTP operations, into challenge errors."""
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
