"""What sign-up tells, and to whom: an answer never shows whether an address has an account.

Pre-hijack. A stranger signs up with your address and a password of his; later the code from your mail would confirm
his password. So an address for which two passwords were offered is *contested*: from then on `/verify` wants the
password too, and proves it by a sign-in before it confirms (ADR 0007).
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from api.counters import Counters

logger = logging.getLogger(__name__)

# Cognito's sign-up codes live for 24 hours.
_CONTESTED_SECONDS = 24 * 60 * 60
# What follows a taken address must not outlast what a new one takes.
_HIDDEN_SECONDS = 2.5


class _SignedUp(BaseModel):
    session: str


@dataclass(frozen=True)
class UserService:
    """Sign-up and verification; the only state is which addresses are contested."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
    policy: PasswordPolicy
    counters: "Counters"
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

        With ``auto_sign_in`` return a sealed session, of the same length whether there is one or not.
        """
        if password is not None:
            self.policy.require(password, "/password")
        elif not self.passwordless:
            raise ValidationFailed(FieldError("/password", "is needed: nobody signs up without one here"))
        session = None
        async with self.concealment.lasting():
            try:
                session = await self.gateway.sign_up(email, password, context)
                await self._remember_passwordless(email, password)
            except InvalidPassword:
                # Only a new address is told, so this tells; a known policy closes it.
                logger.warning("the pool refuses passwords that cognito_password_policy of the outputs allows")
                raise
            except Concealed as error:
                if _was_made(error):
                    await self._remember_passwordless(email, password)
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
            if password is None:
                if self.password_always or await self._is_contested(email):
                    raise InvalidCode
            elif not await self._is_password_of_unconfirmed(email, password, context):
                raise InvalidCode
            return await self.gateway.confirm_sign_up(email, code, context, self._session_of(sealed))

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, _SignedUp).session if sealed else None
        except SealBrokenError:
            # It is only a convenience: the code counts.
            return None

    async def _remember_passwordless(self, email: str, password: str | None) -> None:
        if password is None:
            await self.counters.mark(_CONTESTED_SECONDS, "passwordless", email)
        else:
            # The account of before is gone, and this one has a password that its code would confirm.
            await self.counters.unmark("passwordless", email)

    async def _sign_up_again(self, email: str, password: str | None, context: UserContext, error: Concealed) -> None:
        """Send the first comer a new code; contest the address for anybody else, and whenever that cannot be told."""
        logger.info("sign-up concealed: %s", error)
        is_first_comer = False
        try:
            async with asyncio.timeout(_HIDDEN_SECONDS):
                is_first_comer = await self._is_first_comer(email, password, context)
                if is_first_comer:
                    await self._resend(email, context)
        except (AuthError, TimeoutError) as hidden:
            logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)
        finally:
            if not is_first_comer:
                await self._contest(email)

    async def _contest(self, email: str) -> None:
        await self.counters.mark(_CONTESTED_SECONDS, "contested", email)

    async def _is_contested(self, email: str) -> bool:
        return await self.counters.is_marked("contested", email)

    async def _is_first_comer(self, email: str, password: str | None, context: UserContext) -> bool:
        if await self.counters.is_marked("passwordless", email):
            # No stranger's password lies there to be confirmed.
            return True
        return password is not None and await self._is_password_of_unconfirmed(email, password, context)

    async def _is_password_of_unconfirmed(self, email: str, password: str, context: UserContext) -> bool:
        try:
            await self.challenges.initiate_auth(email, password, context)
        except EmailNotVerified:
            return True
        except (InvalidCredentials, PasswordResetRequired):
            pass
        return False

    async def _resend(self, email: str, context: UserContext) -> None:
        if await self._is_contested(email):
            # The new code lives for another 24 hours, whoever asks for it.
            await self._contest(email)
        try:
            await self.gateway.resend_confirmation_code(email, context)
        except Concealed as error:
            logger.info("resend concealed: %s", error)


def _was_made(error: Concealed) -> bool:
    """Tell whether the user was registered, though the mail could not be sent, or not today."""
    return isinstance(error.__cause__, CognitoError) and error.__cause__.code != "UsernameExistsException"
