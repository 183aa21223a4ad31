"""Access to ministack: the functions and tables of the pinned version that this package uses; none of them is public.

``tests/integration`` exercises all of them, so an incompatible version of ministack fails there.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any, cast

from local.cognito.refusals import Refusal

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

cognito: Any = import_module("ministack.services.cognito")
responses: Any = import_module("ministack.core.responses")
concurrency: Any = import_module("ministack.core.concurrency")
app: Any = import_module("ministack.app")

# Start of the session for the tokens being issued; a refresh keeps it (OpenID Connect Core, auth_time).
auth_time: ContextVar[int | None] = ContextVar("auth_time", default=None)
# The event that issues tokens; its access and ID token name it.
event_id: ContextVar[str | None] = ContextVar("event_id", default=None)


def native(function: str, data: Json) -> Json:
    """Call ministack's handler ``function`` and return its body; raise ``Refusal`` for an error response."""
    return body_of(getattr(cognito, function)(data))


def body_of(answer: Answer) -> Json:
    """Return the body of a ministack response; raise ``Refusal`` for an error response."""
    status, _headers, body = answer
    document = cast("Json", responses.json.loads(body))
    if status != 200:  # noqa: PLR2004 - HTTP
        raise Refusal(document["__type"], document["message"], status)
    return document


def answer_of(operation: Callable[[Json], Json], data: Json) -> Answer:
    """Run ``operation`` and return its result or its ``Refusal`` as a ministack response."""
    try:
        return responses.json_response(operation(data))
    except Refusal as refusal:
        return responses.error_response_json(refusal.code, refusal.message, refusal.status)


def pool_of(data: Json) -> Json:
    """Return the user pool named by ``UserPoolId``."""
    pool: Json | None = cognito._user_pools.get(data.get("UserPoolId"))
    if pool is None:
        raise Refusal("ResourceNotFoundException", f"User pool {data.get('UserPoolId')} does not exist.")
    return pool


def pool_and_client(data: Json) -> tuple[Json, Json]:
    """Return the user pool and the app client of a request."""
    client_id = data.get("ClientId")
    pool = pool_of(data) if "UserPoolId" in data else cognito._pool_for_client(client_id)[0]
    if pool is None or client_id not in pool["_clients"]:
        raise Refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    return pool, pool["_clients"][client_id]


def hides_user_existence(client: Json) -> bool:
    """Return whether the app client prevents user existence errors."""
    return client.get("PreventUserExistenceErrors") == "ENABLED"


def masked_delivery(address: str) -> Json:
    """Return ``CodeDeliveryDetails`` with a masked address, for real and simulated deliveries."""
    destination = cognito._masked_destination(address)
    return {"Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def tokens(pool: Json, client: Json, user: Json) -> Json:
    """Return the ``AuthenticationResult`` of a new session."""
    # All three tokens share one auth_time, even if the clock reaches the next second between them.
    with issuing(int(time.time())):
        return cognito._build_auth_result(pool["Id"], client["ClientId"], user)


@contextmanager
def issuing(began: int | None) -> Generator[None]:
    """Issue tokens of a session that began at ``began``, in one event."""
    time_token, event_token = auth_time.set(began), event_id.set(cognito.new_uuid())
    try:
        yield
    finally:
        auth_time.reset(time_token)
        event_id.reset(event_token)


def claims_of(token: object) -> Json:
    """Return the unverified claims of a token; empty if ``token`` is not a token."""
    return cognito._token_claims(token)


def section(document: Json, *names: str) -> Json:
    """Return the nested object at the path ``names`` in ``document``; empty if a part of the path is missing."""
    for name in names:
        document = document.get(name) or {}
    return document
