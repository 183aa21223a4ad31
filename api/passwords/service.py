"""Passwords: recovered without telling who has an account, and every session of the old one ended."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.abuse_protection.uniform_timing import Concealment
from api.cognito.calls import TokenSet, UserContext
from api.cognito.challenge_gateway import Challenge, ChallengeGateway
from api.cognito.password_policy import PasswordPolicy
from api.cognito.public_gateway import CognitoGateway
from api.errors import ActionRejected, AuthError, Concealed, Overloaded, ServiceError
from api.sessions.service import SessionService
from cognito_tokens import TokenError

if TYPE_CHECKING:
    from api.cognito.admin_gateway import AdminGateway

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PasswordService:
    """Forgotten, reset and changed passwords."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
    policy: PasswordPolicy
    sessions: SessionService
    concealment: Concealment
    # Where there is administration, it can end what no access token is at hand for.
    administrator: "AdminGateway | None" = None

    async def forgot(self, email: str, context: UserContext) -> None:
        """Mail a code where there is somebody to mail it to."""
        async with self.concealment.lasting():
            try:
                await self.gateway.forgot_password(email, context)
            except Concealed as error:
                logger.info("recovery concealed: %s", error)

    async def reset(self, email: str, code: str, new_password: str, context: UserContext) -> None:
        """Set the password that the code allows, and end every session of the user."""
        self.policy.require(new_password, "/new_password")
        async with self.concealment.lasting():
            try:
                await self.gateway.confirm_forgot_password(email, code, new_password, context)
            except Overloaded:
                raise
            except (ServiceError, ActionRejected):
                # It may have been done unheard, or before a trigger said no; the new password knows. Where it cannot be
                # asked, what was heard is told.
                if not await self._end_sessions(email, new_password, context):
                    raise
            else:
                await self._end_sessions(email, new_password, context)

    async def change(self, access_token: str, sub: str, old_password: str, new_password: str) -> None:
        """Set the new password, and end every session of the user, the caller's too."""
        self.policy.require(new_password, "/new_password")
        try:
            await self.gateway.change_password(access_token, old_password, new_password)
        except Overloaded:
            raise
        except ServiceError:
            # It may have been done unheard.
            await self.sessions.forget(sub)
            raise
        try:
            await self.sessions.end_all(access_token)
        except (AuthError, TokenError) as error:
            logger.warning("password change: Cognito's sessions could not be ended: %s", type(error).__name__)

    async def _end_sessions(self, email: str, password: str, context: UserContext) -> bool:
        """End what the old password has opened: only an access token can, so the new password opens a session first.

        Return whether the new password is the one.
        """
        is_password = False
        try:
            answer = await self.challenges.initiate_auth(email, password, context)
            is_password = True
            await self._end_sessions_of(answer, email)
        except (AuthError, TokenError) as error:
            # The password is set; that must not be taken back by a fault here.
            logger.warning("password reset: the sessions could not be ended: %s", type(error).__name__)
        return is_password

    async def _end_sessions_of(self, answer: TokenSet | Challenge, email: str) -> None:
        match answer:
            case TokenSet(access_token=token):
                await self.sessions.end_all(token)
            case Challenge(username=sub) if sub != email:
                await self.sessions.forget(sub)
                if self.administrator:
                    await self.administrator.admin_user_global_sign_out(sub)
            case Challenge():
                logger.warning("password reset: the sessions go on until their tokens expire")
