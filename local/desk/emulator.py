"""What the desk uses of ministack, in one place: functions and tables of the pinned version, no public interface.

``tests/integration`` runs all of it, so a ministack that moves something fails there.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any, cast

from local.desk.refusals import Refusal

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

cognito: Any = import_module("ministack.services.cognito")
responses: Any = import_module("ministack.core.responses")
concurrency: Any = import_module("ministack.core.concurrency")
app: Any = import_module("ministack.app")

# When the session began, for the tokens being made: a refresh keeps it (OpenID Connect Core, auth_time).
auth_time: ContextVar[int | None] = ContextVar("auth_time", default=None)


def native(function: str, data: Json) -> Json:
    """Let ministack answer, by the name of its handler; raise ``Refusal`` for what it refuses."""
    return body_of(getattr(cognito, function)(data))


def body_of(answer: Answer) -> Json:
    """Return the body of ministack's answer; raise it as a ``Refusal`` when it is one."""
    status, _headers, body = answer
    document = cast("Json", responses.json.loads(body))
    if status != 200:  # noqa: PLR2004 - HTTP
        raise Refusal(document["__type"], document["message"], status)
    return document


def answer_of(operation: Callable[[Json], Json], data: Json) -> Answer:
    """Return what ``operation`` answers, in ministack's form."""
    try:
        return responses.json_response(operation(data))
    except Refusal as refusal:
        return responses.error_response_json(refusal.code, refusal.message, refusal.status)


def pool_of(data: Json) -> Json:
    """Return the user pool of an administrator's call."""
    pool: Json | None = cognito._user_pools.get(data.get("UserPoolId"))
    if pool is None:
        raise Refusal("ResourceNotFoundException", f"User pool {data.get('UserPoolId')} does not exist.")
    return pool


def pool_and_client(data: Json) -> tuple[Json, Json]:
    """Return the user pool and the app client that a call names."""
    client_id = data.get("ClientId")
    pool = pool_of(data) if "UserPoolId" in data else cognito._pool_for_client(client_id)[0]
    if pool is None or client_id not in pool["_clients"]:
        raise Refusal("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    return pool, pool["_clients"][client_id]


def hides_user_existence(client: Json) -> bool:
    """Tell whether the app client prevents user existence errors."""
    return client.get("PreventUserExistenceErrors") == "ENABLED"


def masked_delivery(address: str) -> Json:
    """Return ``CodeDeliveryDetails`` with the address masked, as for a real and for a simulated delivery."""
    destination = cognito._masked_destination(address)
    return {"Destination": destination, "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def tokens(pool: Json, client: Json, user: Json) -> Json:
    """Return the ``AuthenticationResult`` of a new session."""
    # One moment for all three, though the second may pass between them.
    began = auth_time.set(int(time.time()))
    try:
        return cognito._build_auth_result(pool["Id"], client["ClientId"], user)
    finally:
        auth_time.reset(began)


def claims_of(token: object) -> Json:
    """Return a token's claims, unverified; nothing for what is no token."""
    return cognito._token_claims(token)


def section(document: Json, *names: str) -> Json:
    """Return the object found in ``document`` by ``names``, one in the other; an empty one where there is none."""
    for name in names:
        document = document.get(name) or {}
    return document
