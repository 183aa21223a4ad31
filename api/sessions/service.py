"""Sessions after sign-in: refresh, revocation and sign-out, at Cognito and in every process of this API."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from api.abuse_protection.uniform_timing import UniformTiming
from api.cognito.account_gateway import AccountGateway
from api.cognito.calls import TokenSet
from api.cognito.clock import CognitoClock
from api.cognito.public_gateway import CognitoGateway
from api.errors import (
    AuthError,
    Concealed,
    InvalidToken,
    Refusal,
    RequestBlocked,
    RequestError,
    ServerMisconfigured,
    ServiceError,
    SessionEnded,
    TooFast,
    UpstreamInvalidResponse,
)
from api.sessions.rotated import RotatedTokens
from api.telemetry.request_context import note
from api.web.caller import OWN_ACCOUNT
from cognito_tokens.claims import principal_of, required
from cognito_tokens.errors import InsufficientScope, TokenError, TokenRefused, TokenRevoked, TokenUndecided
from cognito_tokens.parsing import parse
from cognito_tokens.revocations import Revocations
from cognito_tokens.verifier import TokenVerifier

logger = logging.getLogger(__name__)

_SKEW_SECONDS = 300


class SessionService:
    """Refreshes, revokes and ends sessions after sign-in."""

    def __init__(  # noqa: PLR0913 - what a session touches
        self,
        gateway: CognitoGateway,
        account: AccountGateway,
        revocations: Revocations,
        verifier: TokenVerifier,
        *,
        clock: CognitoClock,
        uniform_timing: UniformTiming,
    ) -> None:
        """End sessions at Cognito and, for local verification, in ``revocations``."""
        self._gateway = gateway
        self._account = account
        self._revocations = revocations
        self._verifier = verifier
        self._clock = clock
        self._uniform_timing = uniform_timing
        self._rotated = RotatedTokens()

    async def refresh(self, refresh_token: str, session: str = "") -> TokenSet:
        """Return new tokens; raise ``SessionEnded`` when the refresh token is used again after its rotation.

        Reuse is a sign of theft: one of the two holders is not the user. The session is revoked at Cognito for both,
        and here if it is known: ``session`` is its ``origin_jti``, or this process has rotated the token.
        """
        try:
            tokens = await self._gateway.get_tokens_from_refresh_token(refresh_token)
        except SessionEnded:
            await self._end_stolen(refresh_token, session)
            raise
        self._rotated.remember(refresh_token, tokens)
        if self._has_ended(tokens.access_token):
            # Ended here but not at Cognito (for example by a password reset without a sign-in): revoke it there too.
            await self._revoke_what_cannot_be_renewed(tokens.refresh_token)
            raise SessionEnded
        return tokens

    async def replace(self, refresh_token: str, session: str) -> None:
        """End a session that a new one replaces, in the background; errors are only logged."""
        await self._uniform_timing.after_response(self._end_replaced(refresh_token, session))

    async def _end_replaced(self, refresh_token: str, session: str) -> None:
        try:
            await self.revoke(refresh_token, session)
        except (AuthError, TokenError) as error:
            logger.warning("a replaced session could not be revoked: %s", type(error).__name__)

    async def _end_stolen(self, refresh_token: str, session: str) -> None:
        logger.warning("audit: refresh token reuse", extra={"event": "refresh_token_reuse"})
        await self._end_known(refresh_token, session)
        try:
            await self._gateway.revoke_token(refresh_token)
        except AuthError as error:
            logger.warning("audit: the session could not be revoked: %s", type(error).__name__)

    async def _end_known(self, refresh_token: str, session: str) -> None:
        """End the session of a rotated token here, if it is known; Cognito may still renew it."""
        if known := session or self._rotated.session_of(refresh_token):
            await self._revocations.revoke("session", known, is_over_at_cognito=False)

    def _has_ended(self, access_token: str) -> bool:
        try:
            # Received directly from Cognito: its signature need not be verified.
            principal = principal_of(parse(access_token).claims, "access", self._clock.now(), _SKEW_SECONDS)
        except TokenRefused:
            return False
        return self._revocations.revokes(principal, fail_closed=False)

    async def revoke(self, refresh_token: str, session: str = "") -> None:
        """End the session of a refresh token; an unknown or expired one counts as success (RFC 7009, section 2.2).

        A refresh token does not identify its session (``session``, if known); an access token issued for it does.
        """
        try:
            tokens = await self._gateway.get_tokens_from_refresh_token(refresh_token)
        except UpstreamInvalidResponse:
            # A failing Lambda trigger prevents the renewal, not the revocation. The access token remains valid here,
            # so the error is raised.
            await self._revoke_what_cannot_be_renewed(refresh_token)
            raise
        except (ServiceError, TooFast):
            # Do not revoke at Cognito alone: a retry could then no longer renew the token, and so not identify the
            # session to revoke here.
            raise
        except (InvalidToken, SessionEnded, RequestError, Refusal):
            # A renewal that runs at the same time may have rotated the token.
            await self._end_known(refresh_token, session)
            await self._revoke_what_cannot_be_renewed(refresh_token)
            return
        claims = parse(tokens.access_token).claims
        try:
            await self._end_session(claims)
            with suppress(Concealed):
                await self._gateway.revoke_token(tokens.refresh_token)
        except BaseException:
            await self._end_session(claims, is_over_at_cognito=False)
            raise
        self.require_shared()

    async def log_out(self, access_token: str) -> None:
        """End every session of the token's user.

        This takes up to a second: the times in tokens are whole seconds, and tokens issued after the response must be
        valid. A token that is already revoked here is left to Cognito to judge: a first attempt may have been
        interrupted.
        """
        try:
            principal = await self._verifier.verify(access_token)
        except (TokenRevoked, TokenUndecided):
            # Revoked here, or not verifiable now: end further sessions only after Cognito has accepted the token.
            await self._gateway.global_sign_out(access_token)
            await _sleep_until(await self._end(parse(access_token).claims), self._clock)
        else:
            if OWN_ACCOUNT not in principal.scopes:
                # Cognito would reject the token, and the sessions would end here only.
                raise InsufficientScope(frozenset({OWN_ACCOUNT}))
            await self.end_all(access_token)
        self.require_shared()

    async def ask_cognito(self, access_token: str) -> None:
        """Raise a ``TokenError`` unless Cognito still accepts the token."""
        try:
            await self._account.get_user(access_token)
        except (ServiceError, TooFast, RequestBlocked) as error:
            raise TokenUndecided from error
        except AuthError as error:
            raise TokenRevoked("an active session") from error  # noqa: EM101, TRY003 - as in cognito_tokens

    async def end_all(self, access_token: str) -> None:
        """End every session of a verified token's user: here first, so that none survives a failure at Cognito."""
        claims = parse(access_token).claims
        is_over = False
        try:
            await self._end(claims)
            await self._gateway.global_sign_out(access_token)
            is_over = True
        finally:
            # Repeat: tokens that were issued during the call to Cognito have ended there, too.
            await _sleep_until(await self._end_user_of(claims, is_over_at_cognito=is_over), self._clock)

    async def forget(self, sub: str) -> None:
        """End a user's sessions here only, for as long as Cognito's sessions may last.

        Return once newly issued tokens are valid again.
        """
        await _sleep_until(await self._end_user(sub, is_over_at_cognito=False), self._clock)

    async def require_new_sign_in(self, sub: str) -> None:
        """End a user's sessions here only; raise ``RevocationsUnavailable`` if other processes do not know it."""
        await self.forget(sub)
        self.require_shared(fail_closed=True)

    @asynccontextmanager
    async def forgetting(self, sub: str) -> AsyncGenerator[None]:
        """End the user's sessions here before and after the ``async with`` block, which ends them at Cognito."""
        await self._end_user(sub, is_over_at_cognito=False)
        try:
            yield
        finally:
            await self.forget(sub)

    def require_shared(self, *, fail_closed: bool | None = None) -> None:
        """Raise ``RevocationsUnavailable`` if it must fail closed and a revocation has not reached the shared store."""
        self._revocations.require_shared(fail_closed=fail_closed)

    async def _end(self, claims: dict[str, Any]) -> int:
        """End the token's session and all others of its user; return the result of ``_end_user``."""
        _, over = await asyncio.gather(self._end_session(claims), self._end_user_of(claims))
        return over

    async def _end_user_of(self, claims: dict[str, Any], *, is_over_at_cognito: bool = True) -> int:
        sub, issued_at = required(claims, "sub", str), required(claims, "iat", int)
        return await self._end_user(sub, issued_at, is_over_at_cognito=is_over_at_cognito)

    async def _end_user(self, sub: str, issued_at: int = 0, *, is_over_at_cognito: bool = True) -> int:
        """End all sessions started before the next full second, and return that second."""
        note(sub=sub)
        next_second = int(self._clock.now()) + 1
        # The measured clock is not exact.
        not_before = max(next_second, issued_at + 1)
        await self._revocations.revoke("user", sub, not_before=not_before, is_over_at_cognito=is_over_at_cognito)
        return next_second

    async def _end_session(self, claims: dict[str, Any], *, is_over_at_cognito: bool = True) -> None:
        note(sub=required(claims, "sub", str))
        await self._revocations.revoke("token", required(claims, "jti", str))
        if "origin_jti" in claims:
            session = required(claims, "origin_jti", str)
            await self._revocations.revoke("session", session, is_over_at_cognito=is_over_at_cognito)

    async def _revoke_what_cannot_be_renewed(self, refresh_token: str) -> None:
        try:
            await self._gateway.revoke_token(refresh_token)
        except (Concealed, ServerMisconfigured) as error:
            # Unknown or foreign token: treat as already revoked.
            logger.info("revocation refused: %s", type(error).__name__)


async def _sleep_until(second: int, clock: CognitoClock) -> None:
    await asyncio.sleep(max(0.0, second - clock.now()))
