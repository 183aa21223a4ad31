"""Base class of the gateways: app client id and secret, validation of responses, mapping of errors."""

import base64
import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from api.cognito import responses
from api.cognito.client_secret import ClientSecret
from api.cognito.error_map import ONLY_FOR_USERS, error_for
from api.cognito.errors import CognitoError
from api.cognito.lost_sends import is_done_already, is_undecidable
from api.cognito.secret_hash import secret_hash
from api.errors import UpstreamInvalidResponse, UpstreamUnavailable
from api.telemetry.request_context import request_context

logger = logging.getLogger(__name__)

# Not the caller's fault, whatever the response says; a trigger may refuse a user and a quota be used up on purpose.
_FAULTS_OF_THE_POOL = {*ONLY_FOR_USERS} - {"LimitExceededException", "UserLambdaValidationException"}


class Transport(Protocol):
    """Transport of the gateways, for example ``CognitoClient``."""

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its response; raise ``CognitoError`` for an error response."""
        ...


Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class TokenSet:
    """The tokens of a session; ``expires_in`` is the lifetime of the access token in seconds."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int

    @cached_property
    def sub(self) -> str:
        """The tokens' user; ``UpstreamInvalidResponse`` for an access token that is no JWT."""
        try:
            # Received directly from Cognito, so that neither its signature nor its form need be verified: 4 us, not 30.
            claims = from_json(base64.urlsafe_b64decode(self.access_token.split(".")[1] + "=="))
            return str(claims["sub"])
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise UpstreamInvalidResponse from error


@dataclass(frozen=True)
class UserContext:
    """Data that threat protection and the web ACL would see if the user called Cognito directly."""

    ip_address: str = ""


class _DoneAlreadyError(Exception):
    """A retry found that an earlier attempt, with its response lost, had taken effect."""


@dataclass(frozen=True)
class PoolClient:
    """The user pool client that makes the calls.

    ``sends_user_context`` needs enable_propagate_additional_user_context_data; Cognito ignores it otherwise.
    """

    transport: Transport
    client_id: str
    secret: ClientSecret
    sends_user_context: bool = False


# Those of the operations that the gateways call; botocore's model says which take it.
TAKE_CLIENT_METADATA = frozenset(
    {
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminResetUserPassword",
        "AdminUpdateUserAttributes",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "ForgotPassword",
        "GetTokensFromRefreshToken",
        "GetUserAttributeVerificationCode",
        "InitiateAuth",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "SignUp",
        "UpdateUserAttributes",
    }
)


def _metadata(operation: str) -> dict[str, dict[str, str]]:
    current = request_context.get()
    if current is None or not current.client_metadata or operation not in TAKE_CLIENT_METADATA:
        return {}
    given = current.client_metadata
    if operation.startswith("Admin"):
        # The language is the administrator's, and the mail is for another user.
        given = {name: value for name, value in given.items() if name != "locale"}
    return {"ClientMetadata": given} if given else {}


class Calls:
    """Calls as one user pool client. Cognito's exceptions are raised as the errors of ``error_map``."""

    def __init__(self, client: PoolClient) -> None:
        """Call as ``client``."""
        self._client = client
        self._client_id = client.client_id

    def _secret_hash(self, username: str) -> str:
        return secret_hash(username, self._client_id, self._client.secret.value)

    def _for_user(self, username: str, context: UserContext) -> dict[str, Any]:
        user = {"ClientId": self._client_id, "Username": username, "SecretHash": self._secret_hash(username)}
        return user | self._user_context(context)

    def _user_context(self, context: UserContext) -> dict[str, Any]:
        sent = self._client.sends_user_context and context.ip_address
        return {"UserContextData": {"IpAddress": context.ip_address}} if sent else {}

    async def _perform(
        self, operation: str, request: dict[str, Any], shape: type[Answer] = responses.Nothing
    ) -> Answer | None:
        """Call an operation for its effect; return ``None`` if an earlier attempt with a lost response had done it."""
        try:
            return await self._call(operation, shape, request)
        except _DoneAlreadyError:
            return None

    async def _call(self, operation: str, shape: type[Answer], request: dict[str, Any]) -> Answer:
        try:
            return shape.model_validate(await self._client.transport.call(operation, request | _metadata(operation)))
        except CognitoError as error:
            after_lost_send = error.after_lost_send and not error.server_fault
            if after_lost_send and is_done_already(operation, error.code, error.message):
                raise _DoneAlreadyError from error
            found = error_for(operation, error.status, error.code, error.message)
            if error.code in _FAULTS_OF_THE_POOL:
                logger.error("misconfigured: mails, text messages or a trigger: %s: %s", operation, error.code)  # noqa: TRY400 - the traceback is the caller's business
            if after_lost_send and is_undecidable(operation, error.code, found):
                raise UpstreamUnavailable(operation) from error
            raise found from error
        except ValidationError as error:
            raise UpstreamInvalidResponse(operation) from error
