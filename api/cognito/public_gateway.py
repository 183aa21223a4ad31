"""Sign-up, passwords and sessions: Cognito's operations as methods.

Only this module and its siblings ``challenge_gateway``, ``account_gateway`` and ``admin_gateway`` use Cognito's names
USERNAME, SECRET_HASH and AuthParameters.
"""

import logging

from api.cognito import responses
from api.cognito.calls import Calls, TokenSet, UserContext

logger = logging.getLogger(__name__)


class CognitoGateway(Calls):
    """Operations of a signed-out user, changes of the password, and operations that renew or end sessions."""

    async def sign_up(self, email: str, password: str | None, context: UserContext) -> str | None:
        """Register an unconfirmed user; Cognito mails a code. API page: SignUp.

        Return the session to pass to ``confirm_sign_up``, or ``None`` if Cognito issues none.
        """
        request = self._for_user(email, context) | {"UserAttributes": [{"Name": "email", "Value": email}]}
        given = {"Password": password} if password is not None else {}
        answer = await self._call("SignUp", responses.SignUp, request | given)
        if answer.user_confirmed:
            logger.error("misconfigured: the pool confirms sign-ups without a code; see its PreSignUp trigger")
        return answer.session

    async def confirm_sign_up(
        self, email: str, code: str, context: UserContext, session: str | None = None
    ) -> str | None:
        """Confirm the user with the code from the mail. API page: ConfirmSignUp.

        Return a session to sign in with, or an empty string if there is none; ``None`` if the user was confirmed, but
        perhaps not by this call: an earlier attempt with a lost response may have done it, or another request.
        """
        request = self._for_user(email, context) | {"ConfirmationCode": code}
        given = {"Session": session} if session else {}
        answer = await self._perform("ConfirmSignUp", request | given, responses.Confirmation)
        return (answer.session or "") if answer else None

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Mail a new code to an unconfirmed user. API page: ResendConfirmationCode."""
        await self._perform("ResendConfirmationCode", self._for_user(email, context), responses.CodeDelivery)

    async def forgot_password(self, email: str, context: UserContext) -> None:
        """Mail a code to a verified address. API page: ForgotPassword."""
        await self._perform("ForgotPassword", self._for_user(email, context), responses.CodeDelivery)

    async def confirm_forgot_password(self, email: str, code: str, password: str, context: UserContext) -> None:
        """Set a password with the code from the mail. API page: ConfirmForgotPassword."""
        request = self._for_user(email, context) | {"ConfirmationCode": code, "Password": password}
        await self._perform("ConfirmForgotPassword", request)

    async def change_password(self, access_token: str, old_password: str, new_password: str) -> None:
        """Change the password, given the old one. API page: ChangePassword."""
        request = {"AccessToken": access_token, "PreviousPassword": old_password, "ProposedPassword": new_password}
        await self._perform("ChangePassword", request)

    async def global_sign_out(self, access_token: str) -> None:
        """Revoke all sessions of the token's user. API page: GlobalSignOut."""
        await self._perform("GlobalSignOut", {"AccessToken": access_token})

    async def get_tokens_from_refresh_token(self, refresh_token: str) -> TokenSet:
        """Renew the tokens of a session. API page: GetTokensFromRefreshToken.

        With refresh token rotation the response has a new refresh token; otherwise the given one remains valid.
        """
        request = {
            "ClientId": self._client_id,
            "ClientSecret": self._client.secret.value,
            "RefreshToken": refresh_token,
        }
        tokens = (await self._call("GetTokensFromRefreshToken", responses.Renewal, request)).authentication_result
        refresh_token = tokens.refresh_token or refresh_token
        return TokenSet(tokens.access_token, tokens.id_token, refresh_token, tokens.expires_in)

    async def revoke_token(self, refresh_token: str) -> None:
        """Revoke a refresh token and end its session. API page: RevokeToken."""
        await self._perform("RevokeToken", self._with_secret() | {"Token": refresh_token})

    def _with_secret(self) -> dict[str, str]:
        return {"ClientId": self._client_id, "ClientSecret": self._client.secret.value}
