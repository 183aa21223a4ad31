"""What every operation of the gateway needs: the client's names and secret, and answers read as their shapes."""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from api.cognito import responses
from api.cognito.client_secret import ClientSecret
from api.cognito.error_map import error_for
from api.cognito.errors import CognitoError
from api.cognito.lost_sends import is_done_already, is_undecidable
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
class UserContext:
    """What threat protection and the web ACL would see of the user if he called Cognito himself."""

    ip_address: str = ""


class _DoneAlreadyError(Exception):
    """A retry found the work of a send whose answer was lost."""


@dataclass(frozen=True)
class PoolClient:
    """The user pool client that calls.

    ``sends_user_context`` needs enable_propagate_additional_user_context_data; Cognito ignores it otherwise.
    """

    transport: Transport
    client_id: str
    secret: ClientSecret
    sends_user_context: bool = False


class Calls:
    """Calls of one user pool client. Each raises the situations that ``error_map`` gives it."""

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
        """Call an operation for its effect; what a lost send has done already is a success without an answer."""
        try:
            return await self._call(operation, shape, request)
        except _DoneAlreadyError:
            return None

    async def _call(self, operation: str, shape: type[Answer], request: dict[str, Any]) -> Answer:
        try:
            return shape.model_validate(await self._client.transport.call(operation, request))
        except CognitoError as error:
            after_lost_send = error.after_lost_send and not error.server_fault
            if after_lost_send and is_done_already(operation, error.code, error.message):
                raise _DoneAlreadyError from error
            found = error_for(operation, error.status, error.code, error.message)
            if after_lost_send and is_undecidable(operation, error.code, found):
                raise UpstreamUnavailable(operation) from error
            raise found from error
        except ValidationError as error:
            raise UpstreamInvalidResponse(operation) from error
