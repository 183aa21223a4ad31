"""What follows a right password: tokens and challenges, unless the address is quarantined (``api.quarantine``)."""

import asyncio
import logging
from dataclasses import dataclass
from typing import NoReturn

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import TokenSet
from api.cognito.challenge_gateway import AFTER_PASSWORD, Challenge
from api.cognito.errors import CognitoError
from api.cognito.public_gateway import CognitoGateway
from api.errors import (
    ActionRejected,
    AuthError,
    ChallengeNotSupported,
    CodeDeliveryFailed,
    DeliveryMisconfigured,
    EmailNotVerified,
    InvalidCredentials,
    MfaNotEnrolled,
    PasswordResetRequired,
    StateUnavailable,
    UpstreamInvalidResponse,
)
from api.quarantine.quarantine import Quarantine

logger = logging.getLogger(__name__)

Found = TokenSet | Challenge
# Errors that only the right password brings: a trigger's, a code's that cannot be sent, a step's that is not supported.
_AFTER_PASSWORD = (
    ActionRejected,
    ChallengeNotSupported,
    CodeDeliveryFailed,
    DeliveryMisconfigured,
    MfaNotEnrolled,
    UpstreamInvalidResponse,
)
# A temporary password was mailed to the address, so it is no stranger's.
_QUARANTINED = AFTER_PASSWORD - {"NEW_PASSWORD_REQUIRED"}


@dataclass(frozen=True)
class Admission:
    """Lets sign-ins pass, or refuses them as a wrong password would be."""

    gateway: CognitoGateway
    quarantine: Quarantine
    uniform_timing: UniformTiming
    # REVEAL_ACCOUNT_STATE: tell an unverified address, and one that needs a new password, from a wrong password.
    reveals_account_state: bool

    async def admit(self, email: str, found: Found) -> Found:
        """Return ``found``, the result of a step of a sign-in by password.

        Raises ``InvalidCredentials`` for what the right password of a quarantined address brings: another answer would
        reveal which addresses of a list were new to a stranger after signing all of them up.
        """
        try:
            is_admitted = await self._is_admitted(email, found)
        except (StateUnavailable, asyncio.CancelledError):
            await self.uniform_timing.after_response(self.revoke(found))
            raise
        if not is_admitted:
            await self.uniform_timing.after_response(self.revoke(found))
            self._refuse(PasswordResetRequired())
        return found

    async def _is_admitted(self, email: str, found: Found) -> bool:
        record = await self.quarantine.look(email, wait=True)
        if isinstance(found, Challenge):
            return not record.marks or found.name not in _QUARANTINED
        sub = found.sub
        if record.sub not in {None, sub}:
            await self.quarantine.another_user(email)
            return False
        if not record.marks:
            await self.quarantine.signed_in(email, sub, record)
        return not record.marks

    async def remember(self, email: str, tokens: TokenSet) -> None:
        """Remember a user after a sign-in without the password; that proves nothing about the password."""
        await self.quarantine.signed_in(email, tokens.sub, await self.quarantine.look(email))

    async def refuse(self, email: str, error: AuthError) -> NoReturn:
        """Raise ``error``, or ``InvalidCredentials`` in its place, after the same call to the store as ``admit``."""
        record = await self.quarantine.look(email)
        is_named = isinstance(error.__cause__, CognitoError)
        if record.marks and isinstance(error, _AFTER_PASSWORD) and (is_named or not error.__cause__):
            raise InvalidCredentials from error
        self._refuse(error)

    async def revoke(self, found: Found | None) -> None:
        """End a session that is not handed out; errors are only logged."""
        if not isinstance(found, TokenSet):
            return
        try:
            await self.gateway.revoke_token(found.refresh_token)
        except AuthError as error:
            logger.warning("a session that is not handed out could not be revoked: %s", type(error).__name__)

    def _refuse(self, error: AuthError) -> NoReturn:
        if isinstance(error, EmailNotVerified | PasswordResetRequired) and not self.reveals_account_state:
            raise InvalidCredentials from error
        raise error
