"""Sign-up and verification: responses never reveal whether an address has an account.

Account pre-hijacking: an attacker signs up with the victim's address and the attacker's own password; later the code
from the victim's mailbox would confirm that password. So an address is *contested* once two passwords have been used to
sign up with it: `/verify` then also requires the password of the sign-up that created the account (ADR 0007).
"""

import logging
import secrets
from dataclasses import dataclass

from pydantic import BaseModel

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import UserContext
from api.cognito.errors import CognitoError
from api.cognito.password_policy import PasswordPolicy
from api.cognito.public_gateway import CognitoGateway
from api.errors import (
    ActionRejected,
    AuthError,
    Concealed,
    FeatureNotEnabled,
    FieldError,
    InvalidCode,
    Overloaded,
    RequestBlocked,
    RequestError,
    TooFast,
    ValidationFailed,
)
from api.kit.sealing import SealBrokenError, Sealer
from api.state.sign_ups import SignUp, SignUps

logger = logging.getLogger(__name__)

# A reserved domain, where no address exists (RFC 2606, section 2).
_NOBODYS_DOMAIN = "nobody.invalid"
# After these errors Cognito has created no account. After any other there may be one.
_MADE_NOTHING = (RequestError, TooFast, FeatureNotEnabled, RequestBlocked, Overloaded)


class _SignedUp(BaseModel):
    session: str


@dataclass(frozen=True)
class SignUpService:
    """Sign-up and verification; the only state is the record of sign-ups per address."""

    gateway: CognitoGateway
    policy: PasswordPolicy
    sign_ups: SignUps
    sealer: Sealer
    uniform_timing: UniformTiming
    # Whether every verification requires the password, not only that of a contested address.
    password_always: bool
    # Whether PASSWORDLESS is enabled; must match the pool.
    passwordless: bool

    async def sign_up(
        self, email: str, password: str | None, context: UserContext, *, auto_sign_in: bool = False
    ) -> str | None:
        """Register the user; raise ``InvalidPassword`` before any call, so alike for new and taken addresses.

        With ``auto_sign_in`` return a sealed session, of the same length whether Cognito gives one or not. If the
        sign-up cannot be recorded, raise ``MarksUnavailable`` for new and taken addresses alike.
        """
        if password is not None:
            self.policy.require(password, "/password")
        elif not self.passwordless:
            raise ValidationFailed(FieldError("/password", "is required: passwordless sign-up is off"))
        async with self.uniform_timing.padded():
            session = await self._sign_up(await self.sign_ups.begin(email, password), password, context)
        return self.sealer.seal(_SignedUp(session=session or "")) if auto_sign_in else None

    async def refuse(self, email: str, password: str | None) -> None:
        """Record a rate-limited sign-up: a code in the mailbox may belong to a sign-up with another password."""
        await self.sign_ups.offer(email, password)

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Send a new code; do nothing if there is no account to verify."""
        async with self.uniform_timing.padded():
            await self._resend(email, context)

    async def confirm_sign_up(
        self, email: str, code: str, password: str | None, sealed: str | None, context: UserContext
    ) -> str:
        """Confirm the user; raise ``InvalidCode`` if a required password is missing or wrong.

        Return Cognito's session for the automatic sign-in, or an empty string without one.
        """
        async with self.uniform_timing.padded():
            if not await self.sign_ups.may_confirm(email, password, always=self.password_always):
                # Call Cognito with an address that does not exist: duration and errors match those of any other code.
                await self.gateway.confirm_sign_up(f"{secrets.token_hex(16)}@{_NOBODYS_DOMAIN}", code, context)
                raise InvalidCode
            try:
                session = await self.gateway.confirm_sign_up(email, code, context, self._session_of(sealed))
            except ActionRejected:
                # The trigger runs after the confirmation, which remains in effect.
                await self.sign_ups.forget(email)
                raise
            await self.sign_ups.forget(email)
            return session

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, _SignedUp).session if sealed else None
        except SealBrokenError:
            # The session is optional: the code is still verified.
            return None

    async def _sign_up(self, sign_up: SignUp, password: str | None, context: UserContext) -> str | None:
        try:
            session = await self.gateway.sign_up(sign_up.email, password, context)
        except Concealed as error:
            await self.uniform_timing.after_response(self._meet(sign_up, error, context))
            return None
        except _MADE_NOTHING:
            await self.sign_ups.refused(sign_up)
            raise
        except AuthError:
            await self.sign_ups.lost(sign_up)
            raise
        await self.uniform_timing.after_response(self.sign_ups.made(sign_up))
        return session

    async def _meet(self, sign_up: SignUp, error: Concealed, context: UserContext) -> None:
        """Record a sign-up for a taken address; resend the code if the password is the same. Errors are only logged."""
        await (self.sign_ups.met if _met_an_account(error) else self.sign_ups.lost)(sign_up)
        try:
            if await self.sign_ups.is_alone(sign_up):
                await self._resend(sign_up.email, context)
        except AuthError as hidden:
            logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)

    async def _resend(self, email: str, context: UserContext) -> None:
        try:
            await self.gateway.resend_confirmation_code(email, context)
        except Concealed:
            logger.info("resend concealed")


def _met_an_account(error: Concealed) -> bool:
    """Return whether the account existed before: a failed mail or a lost request may have created it just now."""
    match error.__cause__:
        case CognitoError(code="UsernameExistsException", after_lost_send=False):
            return True
        case _:
            return False
