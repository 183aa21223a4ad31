"""What sign-up tells, and to whom: an answer never shows whether an address has an account.

Pre-hijack. A stranger signs up with your address and a password of his; later the code from your mail would confirm
his password. So an address for which two passwords were offered is *contested*: from then on `/verify` wants the
password too, and it must be that of the sign-up which made the account (ADR 0007).
"""

import logging
import secrets
from dataclasses import dataclass

from pydantic import BaseModel

from api.abuse_protection.uniform_timing import Concealment
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

# Never anybody's (RFC 2606, section 2).
_NOBODYS_DOMAIN = "nobody.invalid"
# Cognito has made no account. After any other error there may be one.
_MADE_NOTHING = (RequestError, TooFast, FeatureNotEnabled, RequestBlocked, Overloaded)


class _SignedUp(BaseModel):
    session: str


@dataclass(frozen=True)
class SignUpService:
    """Sign-up and verification; the only state is who has signed up for an address."""

    gateway: CognitoGateway
    policy: PasswordPolicy
    sign_ups: SignUps
    sealer: Sealer
    concealment: Concealment
    # Whether every verification needs the password, contested or not.
    password_always: bool
    # Whether PASSWORDLESS is on, as at the pool.
    passwordless: bool

    async def sign_up(
        self, email: str, password: str | None, context: UserContext, *, auto_sign_in: bool = False
    ) -> str | None:
        """Register the user; raise ``InvalidPassword`` before any call, so that it cannot tell new from taken.

        With ``auto_sign_in`` return a sealed session, of the same length whether there is one or not. New and taken
        addresses alike raise ``MarksUnavailable`` when it cannot be remembered who signed up.
        """
        if password is not None:
            self.policy.require(password, "/password")
        elif not self.passwordless:
            raise ValidationFailed(FieldError("/password", "is needed: nobody signs up without one here"))
        async with self.concealment.lasting():
            session = await self._sign_up(await self.sign_ups.begin(email, password), password, context)
        return self.sealer.seal(_SignedUp(session=session or "")) if auto_sign_in else None

    async def refuse(self, email: str, password: str | None) -> None:
        """Remember a sign-up that is refused for its rate: the code in the mail is of another's password."""
        await self.sign_ups.offer(email, password)

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Send a new code where there is somebody to send it to."""
        async with self.concealment.lasting():
            await self._resend(email, context)

    async def confirm_sign_up(
        self, email: str, code: str, password: str | None, sealed: str | None, context: UserContext
    ) -> str:
        """Confirm the user; raise ``InvalidCode`` where a password is needed and is absent or wrong.

        Return Cognito's session to sign in with, where ``sealed`` gives one.
        """
        async with self.concealment.lasting():
            if not await self.sign_ups.may_confirm(email, password, always=self.password_always):
                # Cognito is asked about nobody: what it costs in time, and its faults, are those of any other code.
                await self.gateway.confirm_sign_up(f"{secrets.token_hex(16)}@{_NOBODYS_DOMAIN}", code, context)
                raise InvalidCode
            try:
                session = await self.gateway.confirm_sign_up(email, code, context, self._session_of(sealed))
            except ActionRejected:
                # The trigger comes after the confirmation, which stands.
                await self.sign_ups.forget(email)
                raise
            await self.sign_ups.forget(email)
            return session

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, _SignedUp).session if sealed else None
        except SealBrokenError:
            # It is only a convenience: the code counts.
            return None

    async def _sign_up(self, sign_up: SignUp, password: str | None, context: UserContext) -> str | None:
        try:
            session = await self.gateway.sign_up(sign_up.email, password, context)
        except Concealed as error:
            await self.concealment.behind(self._meet(sign_up, error, context))
            return None
        except _MADE_NOTHING:
            await self.sign_ups.refused(sign_up)
            raise
        except AuthError:
            await self.sign_ups.lost(sign_up)
            raise
        await self.concealment.behind(self.sign_ups.made(sign_up))
        return session

    async def _meet(self, sign_up: SignUp, error: Concealed, context: UserContext) -> None:
        """Send a new code to who signs up again with the same password; a fault shows in the log alone."""
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
    """Tell whether the address was surely taken: a mail that could not be sent, or a lost send, made an account."""
    match error.__cause__:
        case CognitoError(code="UsernameExistsException", after_lost_send=False):
            return True
        case _:
            return False
