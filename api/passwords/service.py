"""Password recovery, reset and change: reveals no accounts, and ends all sessions of the old password."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import TokenSet, UserContext
from api.cognito.challenge_gateway import Challenge, ChallengeGateway
from api.cognito.public_gateway import CognitoGateway
from api.errors import (
    ActionRejected,
    AuthError,
    Concealed,
    FieldError,
    InvalidCredentials,
    Overloaded,
    ServiceError,
    UpstreamUnavailable,
    ValidationFailed,
)
from api.password_rules.rules import PasswordRules
from api.quarantine.quarantine import Quarantine
from api.sessions.service import SessionService
from api.sign_in.admission import Found
from api.sign_in.typed_passwords import as_typed_then_composed
from cognito_tokens import TokenError

if TYPE_CHECKING:
    from api.cognito.admin_gateway import AdminGateway

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PasswordService:
    """Password recovery, reset and change."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
    rules: PasswordRules
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

        Return whether the sessions have ended. Raises ``StateUnavailable`` before the code is used up, and
        ``UpstreamUnavailable`` if the password is set but the quarantine stays, because a sign-in with the former
        password may be in progress: another reset lifts it.
        """
        await self.rules.require(new_password, "/new_password", email)
        known = await self.quarantine.known(email)
        async with self.uniform_timing.padded(success=False):
            try:
                await self.gateway.confirm_forgot_password(email, code, new_password, context)
            except Overloaded:
                raise
            except ActionRejected:
                logger.warning("a trigger refused a password reset, which remains in effect")
            except ServiceError:
                # The password may be set although the response was lost. A sign-in with it shows whether it is, but not
                # by which request, so a quarantine stays; if it fails, too, raise the original error.
                found = await self._sign_in(email, new_password, context)
                if found is None or known.standing:
                    raise
                return await self._end_sessions(found, known.sub, email)
        found = await self._sign_in(email, new_password, context)
        has_ended = await self._end_sessions(found, known.sub, email)
        if has_ended or found is not None:
            await self.quarantine.password_set(email, known, _sub_of(found, email))
        elif known.standing:
            raise UpstreamUnavailable
        return has_ended

    async def change(self, access_token: str, sub: str, old_password: str, new_password: str) -> None:
        """Set the new password, and end every session of the user, including the caller's.

        Raises ``ValidationFailed`` for a wrong old password.
        """
        await self.rules.require(new_password, "/new_password")
        try:
            await as_typed_then_composed(
                old_password, lambda old: self.gateway.change_password(access_token, old, new_password)
            )
        except Overloaded:
            raise
        except InvalidCredentials:
            # Not 401: the caller is signed in, and clients log a user out for 401.
            raise ValidationFailed(FieldError("/old_password", "This is not the current password.")) from None
        except ServiceError:
            # The password may be changed although the response was lost.
            await self.sessions.forget(sub)
            raise
        try:
            await self.sessions.end_all(access_token)
        except (AuthError, TokenError) as error:
            logger.warning("password change: Cognito's sessions could not be ended: %s", type(error).__name__)

    async def _sign_in(self, email: str, password: str, context: UserContext) -> Found | None:
        """Return the result of a sign-in, which is needed to end the sessions, or ``None`` if that fails."""
        try:
            return await self.challenges.initiate_auth(email, password, context)
        except AuthError as error:
            logger.warning("password reset: no sign-in with the new password: %s", type(error).__name__)
            return None

    async def _end_sessions(self, found: Found | None, known_sub: str | None, email: str) -> bool:
        """End all sessions, and return whether they have ended, at least here.

        The password is set, so an error here must not fail the reset.
        """
        if isinstance(found, TokenSet):
            try:
                await self.sessions.end_all(found.access_token)
            except TokenError as error:
                logger.warning("password reset: the token cannot be read: %s", type(error).__name__)
                return False
            except AuthError as error:
                # They have ended here, for as long as Cognito's may last.
                logger.warning("password reset: Cognito's sessions could not be ended: %s", type(error).__name__)
            return True
        sub = _sub_of(found, email) or known_sub
        if sub is None:
            return False
        await self.sessions.forget(sub)
        if self.administrator:
            with suppress(AuthError):
                await self.administrator.admin_user_global_sign_out(sub)
        return True


def _sub_of(found: Found | None, email: str) -> str | None:
    """Return the user of a sign-in, if it is named; a challenge may name the user by the address only."""
    match found:
        case TokenSet():
            with suppress(AuthError):
                return found.sub
        case Challenge(username=username) if username != email:
            return username
        case _:
            pass
    return None
