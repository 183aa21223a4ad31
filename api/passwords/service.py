"""Password recovery, reset and change: reveals no accounts, and ends all sessions of the old password."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import TokenSet, UserContext
from api.cognito.challenge_gateway import Challenge, ChallengeGateway
from api.cognito.password_policy import PasswordPolicy
from api.cognito.public_gateway import CognitoGateway
from api.errors import ActionRejected, AuthError, Concealed, Overloaded, ServiceError
from api.quarantine.quarantine import Quarantine
from api.sessions.service import SessionService
from cognito_tokens import TokenError

if TYPE_CHECKING:
    from api.cognito.admin_gateway import AdminGateway

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PasswordService:
    """Password recovery, reset and change."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
    policy: PasswordPolicy
    sessions: SessionService
    quarantine: Quarantine
    uniform_timing: UniformTiming
    # If administration is enabled, it can end sessions without an access token.
    administrator: "AdminGateway | None" = None

    async def forgot(self, email: str, context: UserContext) -> None:
        """Send a code by e-mail; do nothing if there is no account to recover."""
        async with self.uniform_timing.padded():
            try:
                await self.gateway.forgot_password(email, context)
            except Concealed as error:
                logger.info("recovery concealed: %s", error)

    async def reset(self, email: str, code: str, new_password: str, context: UserContext) -> bool:
        """Set the new password with the code, end every session of the user, and lift the quarantine of the address.

        Return whether the sessions have ended. If they have not, a quarantine stays: a sign-in with the former password
        may be in progress. Another reset lifts it.
        """
        self.policy.require(new_password, "/new_password")
        known = await self.quarantine.look(email)
        async with self.uniform_timing.padded(success=False):
            try:
                await self.gateway.confirm_forgot_password(email, code, new_password, context)
            except Overloaded:
                raise
            except (ServiceError, ActionRejected):
                # The password may be set although the response was lost or a trigger failed afterwards. A sign-in with
                # the new password shows whether it is; if that fails, too, raise the original error. It does not show
                # who has set it, so a quarantine stays.
                if not await self._end_sessions(email, new_password, context) or known.marks:
                    raise
                return True
        has_ended = await self._end_sessions(email, new_password, context) or await self._end_sessions_of(known.sub)
        if has_ended:
            await self.quarantine.password_set(email, known)
        return has_ended

    async def change(self, access_token: str, sub: str, old_password: str, new_password: str) -> None:
        """Set the new password, and end every session of the user, including the caller's."""
        self.policy.require(new_password, "/new_password")
        try:
            await self.gateway.change_password(access_token, old_password, new_password)
        except Overloaded:
            raise
        except ServiceError:
            # The password may be changed although the response was lost.
            await self.sessions.forget(sub)
            raise
        try:
            await self.sessions.end_all(access_token)
        except (AuthError, TokenError) as error:
            logger.warning("password change: Cognito's sessions could not be ended: %s", type(error).__name__)

    async def _end_sessions(self, email: str, password: str, context: UserContext) -> bool:
        """End all sessions, and return whether they have ended.

        That requires an access token, so sign in with the new password. The password is set, so an error here must not
        fail the reset.
        """
        try:
            answer = await self.challenges.initiate_auth(email, password, context)
            match answer:
                case TokenSet(access_token=token):
                    await self._end_all(token)
                    return True
                case Challenge(username=username):
                    return await self._end_sessions_of(username if username != email else None)
        except (AuthError, TokenError) as error:
            logger.warning("password reset: the sessions could not be ended: %s", type(error).__name__)
            return False

    async def _end_all(self, access_token: str) -> None:
        try:
            await self.sessions.end_all(access_token)
        except AuthError as error:
            # They have ended here, for as long as Cognito's may last.
            logger.warning("password reset: Cognito's sessions could not be ended: %s", type(error).__name__)

    async def _end_sessions_of(self, sub: str | None) -> bool:
        """End the sessions of a user without an access token: here, and with administration at Cognito, too."""
        if sub is None:
            return False
        await self.sessions.forget(sub)
        if self.administrator:
            with suppress(AuthError):
                await self.administrator.admin_user_global_sign_out(sub)
        return True
