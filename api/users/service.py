"""What sign-up tells, and to whom: an answer never shows whether an address has an account.

Pre-hijack. A stranger signs up with your address and a password of his; later the code from your mail would confirm
his password. So an address for which two passwords were offered is *contested*: from then on `/verify` wants the
password too, and proves it by a sign-in before it confirms (ADR 0007).
"""

import logging
import secrets
from dataclasses import dataclass

from pydantic import BaseModel

from api.cognito.calls import UserContext
from api.cognito.challenges import ChallengeGateway
from api.cognito.errors import CognitoError
from api.cognito.gateway import CognitoGateway
from api.concealment import Concealment
from api.errors import (
    AuthError,
    Concealed,
    EmailNotVerified,
    FieldError,
    InvalidCode,
    InvalidCredentials,
    InvalidPassword,
    PasswordResetRequired,
    ValidationFailed,
)
from api.passwords import PasswordPolicy
from api.sealing import SealBrokenError, Sealer
from api.users.sign_ups import SignUps

logger = logging.getLogger(__name__)

# Never anybody's (RFC 2606, section 2).
_NOBODYS_DOMAIN = "nobody.invalid"


class _SignedUp(BaseModel):
    session: str


@dataclass(frozen=True)
class UserService:
    """Sign-up and verification; the only state is who has signed up for an address."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
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
        session = None
        async with self.concealment.lasting():
            # A store that is away is noticed before there is an account that nothing is known of.
            await self.sign_ups.known(email)
            try:
                session = await self.gateway.sign_up(email, password, context)
                await self.sign_ups.made(email, has_password=password is not None)
            except InvalidPassword:
                # Only a new address is told, so this tells; a known policy closes it.
                logger.warning("the pool refuses passwords that cognito_password_policy of the outputs allows")
                raise
            except Concealed as error:
                logger.info("sign-up concealed: %s", error)
                await self._sign_up_again(email, password, context, error)
        return self.sealer.seal(_SignedUp(session=session or "")) if auto_sign_in else None

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
            if not (self.passwordless and (await self.sign_ups.known(email)).has_password is False):
                # Else no stranger's password lies there to be confirmed, and none that could be proved.
                await self._require_password(email, code, password, context)
            session = await self.gateway.confirm_sign_up(email, code, context, self._session_of(sealed))
            await self.sign_ups.forget(email)
            return session

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, _SignedUp).session if sealed else None
        except SealBrokenError:
            # It is only a convenience: the code counts.
            return None

    async def _sign_up_again(self, email: str, password: str | None, context: UserContext, error: Concealed) -> None:
        """Contest the address, unless it shows behind the answer that this is the first comer."""
        if _was_made(error):
            await self.sign_ups.made(email, has_password=password is not None)
        rival = secrets.token_hex(8)
        await self.sign_ups.contest(email, rival)
        is_doubtful = password is None and _is_after_lost_send(error)
        if is_doubtful and await self.sign_ups.known(email) == ({rival}, None):
            # Nobody else has signed up here, so the account is what the lost send has made.
            await self.sign_ups.made(email, has_password=False)
        await self.concealment.behind(self._welcome_first_comer(email, password, context, rival))

    async def _welcome_first_comer(self, email: str, password: str | None, context: UserContext, rival: str) -> None:
        try:
            if await self._is_first_comer(email, password, context):
                await self.sign_ups.withdraw(email, rival)
                await self._resend(email, context)
            else:
                # An account that was made just before has begun anew since, and its rival is known only now.
                await self.sign_ups.contest(email, rival)
        except AuthError as hidden:
            logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)

    async def _is_first_comer(self, email: str, password: str | None, context: UserContext) -> bool:
        if (await self.sign_ups.known(email)).has_password is False:
            return True
        return password is not None and await self._is_password_of_unconfirmed(email, password, context)

    async def _require_password(self, email: str, code: str, password: str | None, context: UserContext) -> None:
        if password is not None:
            if not await self._is_password_of_unconfirmed(email, password, context):
                raise InvalidCode
            return
        if self.password_always:
            raise InvalidCode
        if (await self.sign_ups.known(email)).rivals:
            # Cognito is asked about nobody: what it costs in time, and its faults, are those of any other code.
            await self.gateway.confirm_sign_up(f"{secrets.token_hex(16)}@{_NOBODYS_DOMAIN}", code, context)
            raise InvalidCode

    async def _is_password_of_unconfirmed(self, email: str, password: str, context: UserContext) -> bool:
        try:
            await self.challenges.initiate_auth(email, password, context)
        except EmailNotVerified:
            return True
        except (InvalidCredentials, PasswordResetRequired):
            pass
        return False

    async def _resend(self, email: str, context: UserContext) -> None:
        try:
            await self.gateway.resend_confirmation_code(email, context)
        except Concealed as error:
            logger.info("resend concealed: %s", error)


def _was_made(error: Concealed) -> bool:
    """Tell whether the user was registered, though the mail could not be sent, or not today."""
    return isinstance(error.__cause__, CognitoError) and error.__cause__.code != "UsernameExistsException"


def _is_after_lost_send(error: Concealed) -> bool:
    return isinstance(error.__cause__, CognitoError) and error.__cause__.after_lost_send
