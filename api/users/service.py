"""What sign-up tells, and to whom: an answer never shows whether an address has an account.

Pre-hijack. A stranger signs up with your address and a password of his; later the code from your mail would confirm
his password. So an address for which two passwords were offered is *contested*: from then on `/verify` wants the
password too, and proves it by a sign-in before it confirms (ADR 0007).
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from api.cognito.gateway import CognitoGateway, UserContext
from api.concealment import Concealment
from api.errors import (
    AuthError,
    Concealed,
    EmailNotVerified,
    InvalidCode,
    InvalidCredentials,
    PasswordResetRequired,
)
from api.passwords import PasswordPolicy

if TYPE_CHECKING:
    from api.counters import Counters

logger = logging.getLogger(__name__)

# Cognito's sign-up codes live for 24 hours.
_CONTESTED_SECONDS = 24 * 60 * 60
# What follows a taken address must not outlast what a new one takes.
_HIDDEN_SECONDS = 2.5


class UserService:
    """Sign-up and verification; the only state is which addresses are contested."""

    def __init__(
        self,
        gateway: CognitoGateway,
        policy: PasswordPolicy,
        counters: "Counters",
        *,
        concealment: Concealment,
        password_always: bool,
    ) -> None:
        """Hide by ``concealment`` what was found; ``password_always`` asks for the password at every verification."""
        self._gateway = gateway
        self._policy = policy
        self._counters = counters
        self._concealment = concealment
        self._password_always = password_always

    async def sign_up(self, email: str, password: str, context: UserContext) -> None:
        """Register the user; raise ``InvalidPassword`` before any call, so that it cannot tell new from taken."""
        self._policy.require(password, "/password")
        async with self._concealment.lasting():
            try:
                await self._gateway.sign_up(email, password, context)
            except Concealed as error:
                await self._sign_up_again(email, password, context, error)

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Send a new code where there is somebody to send it to."""
        async with self._concealment.lasting():
            if await self._is_contested(email):
                # The new code lives for another 24 hours.
                await self._contest(email)
            await self._resend(email, context)

    async def confirm_sign_up(self, email: str, code: str, password: str | None, context: UserContext) -> None:
        """Confirm the user; raise ``InvalidCode`` where a password is needed and is absent or wrong."""
        async with self._concealment.lasting():
            if password is None:
                if self._password_always or await self._is_contested(email):
                    raise InvalidCode
            elif not await self._is_password_of_unconfirmed(email, password, context):
                raise InvalidCode
            await self._gateway.confirm_sign_up(email, code, context)

    async def _sign_up_again(self, email: str, password: str, context: UserContext, error: Concealed) -> None:
        """Send the first comer a new code; contest the address for anybody else, and whenever that cannot be told."""
        logger.info("sign-up concealed: %s", error)
        is_first_comer = False
        try:
            async with asyncio.timeout(_HIDDEN_SECONDS):
                is_first_comer = await self._is_password_of_unconfirmed(email, password, context)
                if is_first_comer:
                    await self._resend(email, context)
        except (AuthError, TimeoutError) as hidden:
            logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)
        finally:
            if not is_first_comer:
                await self._contest(email)

    async def _contest(self, email: str) -> None:
        await self._counters.mark(_CONTESTED_SECONDS, "contested", email)

    async def _is_contested(self, email: str) -> bool:
        return await self._counters.is_marked("contested", email)

    async def _is_password_of_unconfirmed(self, email: str, password: str, context: UserContext) -> bool:
        try:
            await self._gateway.initiate_auth(email, password, context)
        except EmailNotVerified:
            return True
        except (InvalidCredentials, PasswordResetRequired):
            pass
        return False

    async def _resend(self, email: str, context: UserContext) -> None:
        try:
            await self._gateway.resend_confirmation_code(email, context)
        except Concealed as error:
            logger.info("resend concealed: %s", error)
