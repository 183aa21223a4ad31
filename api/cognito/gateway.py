"""Cognito's operations in our terms: the only module that says USERNAME, SECRET_HASH and AuthParameters."""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from api.cognito import answers
from api.cognito.error_map import is_done_already, is_undecidable, situation
from api.cognito.errors import CognitoError
from api.cognito.secret_hash import secret_hash
from api.errors import UpstreamInvalidResponse, UpstreamUnavailable


class Transport(Protocol):
    """What the gateway calls through; ``CognitoClient`` is one."""

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its answer; raise ``CognitoError`` for an error answer."""
        ...


Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class TokenSet:
    """The tokens of a new session; ``expires_in`` is the life of the access token in seconds."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class Challenge:
    """A step that Cognito asks for before it gives tokens; ``name`` is Cognito's ChallengeName."""

    name: str
    session: str = field(repr=False)
    parameters: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class UserContext:
    """What threat protection and the web ACL would see of the user if he called Cognito himself."""

    ip_address: str = ""


class _DoneAlreadyError(Exception):
    """A retry found the work of a send whose answer was lost."""


class CognitoGateway:
    """The operations of one user pool client. Each raises the situations that ``error_map`` gives it."""

    def __init__(
        self, client: Transport, client_id: str, client_secret: str, *, sends_user_context: bool = False
    ) -> None:
        """Call through ``client`` as the user pool client ``client_id``.

        ``sends_user_context`` needs a client with enable_propagate_additional_user_context_data; Cognito ignores it
        otherwise.
        """
        self._client = client
        self._client_id = client_id
        self._client_secret = client_secret
        self._sends_user_context = sends_user_context

    async def sign_up(self, email: str, password: str, context: UserContext) -> None:
        """Register an unconfirmed user; Cognito mails a code. API page: SignUp."""
        await self._perform(
            "SignUp",
            answers.SignUp,
            self._for_user(email, context)
            | {"Password": password, "UserAttributes": [{"Name": "email", "Value": email}]},
        )

    async def confirm_sign_up(self, email: str, code: str, context: UserContext) -> None:
        """Confirm the user with the code from the mail. API page: ConfirmSignUp."""
        await self._perform(
            "ConfirmSignUp", answers.Nothing, self._for_user(email, context) | {"ConfirmationCode": code}
        )

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Mail a new code to an unconfirmed user. API page: ResendConfirmationCode."""
        await self._perform("ResendConfirmationCode", answers.CodeDelivery, self._for_user(email, context))

    async def forgot_password(self, email: str, context: UserContext) -> None:
        """Mail a code to a verified address. API page: ForgotPassword."""
        await self._perform("ForgotPassword", answers.CodeDelivery, self._for_user(email, context))

    async def confirm_forgot_password(self, email: str, code: str, password: str, context: UserContext) -> None:
        """Set a password with the code from the mail. API page: ConfirmForgotPassword."""
        request = self._for_user(email, context) | {"ConfirmationCode": code, "Password": password}
        await self._perform("ConfirmForgotPassword", answers.Nothing, request)

    async def change_password(self, access_token: str, old_password: str, new_password: str) -> None:
        """Set a password with the old one. API page: ChangePassword."""
        request = {"AccessToken": access_token, "PreviousPassword": old_password, "ProposedPassword": new_password}
        await self._perform("ChangePassword", answers.Nothing, request)

    async def initiate_auth(self, email: str, password: str, context: UserContext) -> TokenSet | Challenge:
        """Sign in by password. API page: InitiateAuth, flow USER_PASSWORD_AUTH."""
        parameters = {"USERNAME": email, "PASSWORD": password, "SECRET_HASH": self._secret_hash(email)}
        answer = await self._call(
            "InitiateAuth",
            answers.Authentication,
            {"ClientId": self._client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
            | self._user_context(context),
        )
        return _token_set_or_challenge(answer)

    async def global_sign_out(self, access_token: str) -> None:
        """End every session of the token's user. API page: GlobalSignOut."""
        await self._perform("GlobalSignOut", answers.Nothing, {"AccessToken": access_token})

    async def get_tokens_from_refresh_token(self, refresh_token: str) -> TokenSet:
        """Renew the tokens of a session. API page: GetTokensFromRefreshToken.

        With rotation the answer has a new refresh token, without it the given one stays.
        """
        request = {"ClientId": self._client_id, "ClientSecret": self._client_secret, "RefreshToken": refresh_token}
        tokens = (await self._call("GetTokensFromRefreshToken", answers.Renewal, request)).authentication_result
        refresh_token = tokens.refresh_token or refresh_token
        return TokenSet(tokens.access_token, tokens.id_token, refresh_token, tokens.expires_in)

    async def revoke_token(self, refresh_token: str) -> None:
        """End the session of a refresh token. API page: RevokeToken."""
        request = {"ClientId": self._client_id, "ClientSecret": self._client_secret, "Token": refresh_token}
        await self._perform("RevokeToken", answers.Nothing, request)

    async def get_user(self, access_token: str) -> None:
        """Ask whether Cognito still takes the token. API page: GetUser."""
        await self._call("GetUser", answers.User, {"AccessToken": access_token})

    def _secret_hash(self, username: str) -> str:
        return secret_hash(username, self._client_id, self._client_secret)

    def _for_user(self, username: str, context: UserContext) -> dict[str, Any]:
        user = {"ClientId": self._client_id, "Username": username, "SecretHash": self._secret_hash(username)}
        return user | self._user_context(context)

    def _user_context(self, context: UserContext) -> dict[str, Any]:
        sent = self._sends_user_context and context.ip_address
        return {"UserContextData": {"IpAddress": context.ip_address}} if sent else {}

    async def _perform(self, operation: str, shape: type[Answer], request: dict[str, Any]) -> None:
        """Call an operation for its effect; what a lost send has done already is a success."""
        try:
            await self._call(operation, shape, request)
        except _DoneAlreadyError:
            return

    async def _call(self, operation: str, shape: type[Answer], request: dict[str, Any]) -> Answer:
        try:
            return shape.model_validate(await self._client.call(operation, request))
        except CognitoError as error:
            if error.after_lost_send and is_done_already(operation, error.code, error.message):
                raise _DoneAlreadyError from error
            if error.after_lost_send and is_undecidable(operation, error.code):
                raise UpstreamUnavailable(operation) from error
            raise situation(operation, error.status, error.code, error.message) from error
        except ValidationError as error:
            raise UpstreamInvalidResponse(operation) from error


def _token_set_or_challenge(answer: answers.Authentication) -> TokenSet | Challenge:
    match answer:
        case answers.Authentication(challenge_name=str(name), session=str(session)):
            return Challenge(name, session, answer.challenge_parameters)
        case answers.Authentication(challenge_name=None, authentication_result=answers.Tokens() as tokens):
            return TokenSet(tokens.access_token, tokens.id_token, tokens.refresh_token, tokens.expires_in)
        case _:
            raise UpstreamInvalidResponse
