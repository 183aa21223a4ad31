"""Sign-up, passwords and sessions: Cognito's operations in our terms.

This module and its siblings ``challenges``, ``account`` and ``admin`` are the only ones that say USERNAME, SECRET_HASH
and AuthParameters.
"""

from api.cognito import responses
from api.cognito.calls import Calls, TokenSet, UserContext


class CognitoGateway(Calls):
    """The operations of a person who has no access token, and those that end sessions."""

    async def sign_up(self, email: str, password: str | None, context: UserContext) -> str | None:
        """Register an unconfirmed user; Cognito mails a code. API page: SignUp.

        Return the session that ``confirm_sign_up`` can go on with, where Cognito gives one.
        """
        request = self._for_user(email, context) | {"UserAttributes": [{"Name": "email", "Value": email}]}
        given = {"Password": password} if password is not None else {}
        return (await self._call("SignUp", responses.SignUp, request | given)).session

    async def confirm_sign_up(self, email: str, code: str, context: UserContext, session: str | None = None) -> str:
        """Confirm the user with the code from the mail. API page: ConfirmSignUp.

        Return a session to sign in with, or nothing when there is none.
        """
        request = self._for_user(email, context) | {"ConfirmationCode": code}
        given = {"Session": session} if session else {}
        answer = await self._perform("ConfirmSignUp", request | given, responses.Confirmation)
        return (answer.session if answer else None) or ""

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
        """Set a password with the old one. API page: ChangePassword."""
        request = {"AccessToken": access_token, "PreviousPassword": old_password, "ProposedPassword": new_password}
        await self._perform("ChangePassword", request)

    async def global_sign_out(self, access_token: str) -> None:
        """End every session of the token's user. API page: GlobalSignOut."""
        await self._perform("GlobalSignOut", {"AccessToken": access_token})

    async def get_tokens_from_refresh_token(self, refresh_token: str) -> TokenSet:
        """Renew the tokens of a session. API page: GetTokensFromRefreshToken.

        With rotation the answer has a new refresh token, without it the given one stays.
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
        """End the session of a refresh token. API page: RevokeToken."""
        await self._perform("RevokeToken", self._with_secret() | {"Token": refresh_token})

    def _with_secret(self) -> dict[str, str]:
        return {"ClientId": self._client_id, "ClientSecret": self._client.secret.value}
