"""Verification of an address: the code proves the mailbox; the password, or a sole sign-up, proves the account.

The model in ``tests/model`` is the specification of this flow; ADR 0018 has the diagram.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.calls import TokenSet, UserContext
from api.cognito.public_gateway import CognitoGateway
from api.errors import (
    ActionRejected,
    AuthError,
    InvalidCode,
    Overloaded,
    PasswordResetRequired,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from api.kit.sealing import SealBrokenError, Sealer
from api.quarantine.quarantine import Quarantine, Verification
from api.sign_in.admission import Found
from api.sign_in.schemas import ChallengeResponse
from api.sign_in.service import SignInService
from api.sign_up.service import SignedUp
from api.telemetry.request_context import note
from cognito_tokens import TokenError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class VerificationRequest:
    """A code with what came along: the password of the sign-up, and the session to sign in with (``None`` without)."""

    email: str
    code: str = field(repr=False)
    password: str | None = field(repr=False)
    session: str | None = field(repr=False)
    context: UserContext


@dataclass(frozen=True)
class VerificationService:
    """Confirms addresses, and quarantines those without a proved password."""

    gateway: CognitoGateway
    sign_in: SignInService
    quarantine: Quarantine
    sealer: Sealer
    uniform_timing: UniformTiming
    # Whether PASSWORDLESS is enabled; must match the pool.
    passwordless: bool
    # If administration is enabled: invalidates the password at Cognito, ends the sessions, and mails a code.
    reset_password: Callable[[str], Awaitable[None]] | None = None

    async def verify(
        self, email: str, code: str, password: str | None, sealed: str | None, context: UserContext
    ) -> TokenSet | ChallengeResponse | None:
        """Confirm the user; return the result of a sign-in if the session of the sign-up came along.

        Raises ``InvalidCode`` when Cognito has refused the code, ``PasswordResetRequired`` when the address is verified
        but its password is not proved, and ``StateUnavailable`` for any address when the store is away.
        """
        request = VerificationRequest(email, code, password, self._session_of(sealed), context)
        async with self.uniform_timing.padded(success=False):
            verification = await self.quarantine.verification_begins(email)
            session = await self._confirm(request, verification)
            if session is None:
                await self._settle(request, verification)
                return None
        return await self._go_on(request, verification, session)

    async def _confirm(self, request: VerificationRequest, verification: Verification) -> str | None:
        """Return what ``confirm_sign_up`` returns; raise when the address is not confirmed, or that is not known."""
        try:
            return await self.gateway.confirm_sign_up(request.email, request.code, request.context, request.session)
        except ActionRejected:
            logger.warning("a trigger refused a confirmation, which remains in effect")
            return ""
        except asyncio.CancelledError:
            # The mark stays: Cognito may confirm the address.
            note(outcome="quarantined")
            raise
        except AuthError as error:
            if isinstance(error, _UNKNOWN) and not isinstance(error, Overloaded):
                has_password = request.password is not None
                await self.quarantine.verification_unknown(verification, has_password=has_password)
            else:
                await self.quarantine.verification_refused(verification)
            raise

    async def _settle(self, request: VerificationRequest, verification: Verification) -> None:
        """End a verification that finds the address confirmed, by an attempt with a lost response or by another."""
        if await self._is_settled(request, verification):
            await self.quarantine.verification_refused(verification)
        else:
            await self.quarantine.verification_unknown(verification, has_password=True)
            raise InvalidCode

    async def _is_settled(self, request: VerificationRequest, verification: Verification) -> bool:
        if request.password is None:
            return await self.quarantine.is_sole(request.email)
        found = await self._prove(request, request.password)
        await self._revoke(found)
        return found is not None and not await self.quarantine.has_other_marks(verification)

    async def _go_on(
        self, request: VerificationRequest, verification: Verification, session: str
    ) -> TokenSet | ChallengeResponse | None:
        """Go on after Cognito has confirmed the address."""
        verification, is_sole = await self.quarantine.code_accepted(verification)
        if request.password is not None:
            found = await self._prove(request, request.password)
            if found is not None:
                await self.quarantine.password_proved(verification)
                return await self._signed_in(request, found)
        elif is_sole:
            await self.quarantine.password_proved(verification)
            return await self.sign_in.continue_sign_up(request.email, session, request.context) if session else None
        elif self.passwordless:
            # A code by mail is enough to sign in; the password, if there is one, stays quarantined.
            await self.quarantine.stays(verification)
            return None
        await self._require_reset(request, verification)
        raise PasswordResetRequired

    async def _prove(self, request: VerificationRequest, password: str) -> Found | None:
        """Return what only the right password brings, or ``None`` for a wrong one or a fault."""
        try:
            return await self.sign_in.prove_password(request.email, password, request.context)
        except AuthError as error:
            logger.info("the password of a verified address is not proved: %s", type(error).__name__)
            return None

    async def _signed_in(self, request: VerificationRequest, found: Found) -> TokenSet | ChallengeResponse | None:
        if request.session is None:
            await self._revoke(found)
            return None
        return await self.sign_in.after_proof(request.email, found)

    async def _revoke(self, found: Found | None) -> None:
        await self.uniform_timing.after_response(self.sign_in.admission.revoke(found))

    async def _require_reset(self, request: VerificationRequest, verification: Verification) -> None:
        """Have a code mailed with which the owner of the mailbox sets a password; errors are only logged."""
        await self.quarantine.stays(verification)
        try:
            if self.reset_password:
                # Other clients of the pool and the hosted pages refuse the password from now on, too.
                await self.reset_password(request.email)
                await self.quarantine.password_proved(verification)
            else:
                await self.gateway.forgot_password(request.email, request.context)
        except (AuthError, TokenError) as error:
            logger.warning("no code for a new password was mailed: %s", type(error).__name__)

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, SignedUp).session if sealed else None
        except SealBrokenError:
            # The session is optional: the code is still verified.
            return None


# Cognito may have executed the call.
_UNKNOWN = (UpstreamInvalidResponse, UpstreamUnavailable, UpstreamTimeout)
