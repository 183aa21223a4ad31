"""What a sign-in means, and how a session ends everywhere at once."""

import asyncio
import logging
import time

from api.cognito.gateway import Challenge, CognitoGateway, TokenSet, UserContext
from api.errors import AuthError, ChallengeNotSupported, InvalidToken, RequestError, SessionEnded
from api.tokens.claims import required
from api.tokens.errors import TokenUndecided
from api.tokens.parsing import parse
from api.tokens.revocations import Revocations
from api.tokens.verifier import TokenVerifier

logger = logging.getLogger(__name__)


async def log_in(gateway: CognitoGateway, email: str, password: str, context: UserContext) -> TokenSet:
    """Return the tokens; raise ``ChallengeNotSupported`` when Cognito asks for one step more."""
    match await gateway.initiate_auth(email, password, context):
        case TokenSet() as tokens:
            return tokens
        case Challenge(name=name):
            raise ChallengeNotSupported(name)


class SessionService:
    """Sessions after their sign-in: renewed, revoked, ended."""

    def __init__(self, gateway: CognitoGateway, revocations: Revocations, verifier: TokenVerifier) -> None:
        """End sessions at Cognito and, for local verification, in ``revocations``."""
        self._gateway = gateway
        self._revocations = revocations
        self._verifier = verifier

    async def refresh(self, refresh_token: str) -> TokenSet:
        """Return new tokens; raise ``SessionEnded`` when the refresh token was used after its successor.

        That is a sign of theft: one of the two holders is not the user. So the session ends for both.
        """
        try:
            return await self._gateway.get_tokens_from_refresh_token(refresh_token)
        except SessionEnded:
            logger.warning("audit: refresh token reuse", extra={"event": "refresh_token_reuse"})
            await self._revoke_at_cognito(refresh_token)
            raise

    async def revoke(self, refresh_token: str) -> None:
        """End the session of a refresh token; one that is unknown or has ended is a success (RFC 7009, section 2.2).

        A refresh token does not say which session it belongs to; an access token made with it does.
        """
        try:
            tokens = await self._gateway.get_tokens_from_refresh_token(refresh_token)
        except (InvalidToken, SessionEnded, RequestError):
            await self._revoke_at_cognito(refresh_token)
            return
        await self._gateway.revoke_token(tokens.refresh_token)
        claims = parse(tokens.access_token).claims
        expires_at = required(claims, "exp", int)
        await self._revocations.revoke("session", required(claims, "origin_jti", str), expires_at=expires_at)

    async def log_out(self, access_token: str) -> None:
        """End every session of the token's user.

        It takes up to a second: a token says in whole seconds when it was made, and what is made after the answer
        must count again.
        """
        try:
            await self._verifier.verify(access_token)
        except TokenUndecided:
            logger.info("log-out: the token is Cognito's to judge")
        await self.end_all(access_token)

    async def end_all(self, access_token: str) -> None:
        """End every session of the user of a token that Cognito takes."""
        await self._gateway.global_sign_out(access_token)
        await self.forget(required(parse(access_token).claims, "sub", str))

    async def forget(self, sub: str) -> None:
        """End what local verification takes of a user, and return when what is made from now on counts again."""
        next_second = int(time.time()) + 1
        await self._revocations.revoke("user", sub, not_before=next_second)
        await asyncio.sleep(max(0.0, next_second - time.time()))

    async def _revoke_at_cognito(self, refresh_token: str) -> None:
        try:
            await self._gateway.revoke_token(refresh_token)
        except AuthError as error:
            # Cognito need not know a token that has been used up; the session has ended for its holder already.
            logger.info("revocation refused: %s", type(error).__name__)
