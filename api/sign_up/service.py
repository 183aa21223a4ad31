"""Sign-up: responses never reveal whether an address has an account."""

import logging
from dataclasses import dataclass

from pydantic import BaseModel

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import UserContext
from api.cognito.public_gateway import CognitoGateway
from api.errors import AuthError, Concealed, FieldError, ValidationFailed
from api.kit.sealing import Sealer
from api.password_rules.rules import PasswordRules
from api.quarantine.quarantine import Quarantine

logger = logging.getLogger(__name__)


class SignedUp(BaseModel):
    """Contents of the sealed session of a sign-up; ``session`` is empty where Cognito gives none."""

    session: str


@dataclass(frozen=True)
class SignUpService:
    """Sign-up, and new codes for unverified addresses."""

    gateway: CognitoGateway
    rules: PasswordRules
    quarantine: Quarantine
    sealer: Sealer
    uniform_timing: UniformTiming
    # Whether PASSWORDLESS is enabled; must match the pool.
    passwordless: bool

    async def sign_up(
        self, email: str, password: str | None, context: UserContext, *, auto_sign_in: bool = False
    ) -> str | None:
        """Register the user; raise ``InvalidPassword`` before any call, so alike for new and taken addresses.

        With ``auto_sign_in`` return a sealed session, of the same length whether Cognito gives one or not. If the
        sign-up cannot be counted, raise ``StateUnavailable`` for new and taken addresses alike.
        """
        if password is not None:
            await self.rules.require(password, "/password", email)
        elif not self.passwordless:
            raise ValidationFailed(FieldError("/password", "A password is required: passwordless sign-up is off."))
        async with self.uniform_timing.padded():
            session = await self._sign_up(email, password, context)
        return self.sealer.seal(SignedUp(session=session or "")) if auto_sign_in else None

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Send a new code; do nothing if there is no account to verify."""
        async with self.uniform_timing.padded():
            await self._resend(email, context)

    async def _sign_up(self, email: str, password: str | None, context: UserContext) -> str | None:
        attempt = await self.quarantine.sign_up_begins(email)
        try:
            session = await self.gateway.sign_up(email, password, context)
        except Concealed:
            await self.uniform_timing.after_response(self._resend_to_account(email, context))
            return None
        await self.uniform_timing.after_response(self.quarantine.sign_up_accepted(email, attempt))
        return session

    async def _resend_to_account(self, email: str, context: UserContext) -> None:
        try:
            await self._resend(email, context)
        except AuthError as hidden:
            logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)

    async def _resend(self, email: str, context: UserContext) -> None:
        try:
            await self.gateway.resend_confirmation_code(email, context)
        except Concealed:
            logger.info("resend concealed")
