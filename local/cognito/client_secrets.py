"""Client secrets: up to two per app client, so that a secret can be rotated without downtime.

Source: API_AddUserPoolClientSecret, API_ListUserPoolClientSecrets, API_DeleteUserPoolClientSecret. AWS does not
document what DescribeUserPoolClient returns as ``ClientSecret``; as reported, it is the first secret, and nothing after
that secret has been deleted.
"""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from typing import Any

from local.cognito import records
from local.cognito.emulator import Json, cognito, pool_and_client
from local.cognito.refusals import Refusal, invalid_parameter

_MOST = 2
_native_check = cognito._validate_client_secret_hash
# ministack checks one secret only, so ``check`` sets each secret in turn; the lock serializes these checks.
_turn = threading.RLock()


def add_user_pool_client_secret(data: Json) -> Json:
    """AddUserPoolClientSecret; the value is generated unless the caller provides it."""
    _, client = pool_and_client(data)
    rows = _rows(client)
    if not rows:
        raise invalid_parameter("Client is not configured with a secret.")
    if len(rows) >= _MOST:
        raise Refusal("LimitExceededException", "Client secrets cannot exceed limit of 2 secrets.")
    given = data.get("ClientSecret")
    row = {"id": f"{client['ClientId']}--{time.time_ns()}", "value": given or secrets.token_hex(26), "at": time.time()}
    client[records.SECRETS] = [*rows, row]
    shown = {} if given else {"ClientSecretValue": row["value"]}
    return {"ClientSecretDescriptor": _descriptor(row) | shown}


def list_user_pool_client_secrets(data: Json) -> Json:
    """ListUserPoolClientSecrets; the values are not returned."""
    return {"ClientSecrets": [_descriptor(row) for row in _rows(pool_and_client(data)[1])]}


def delete_user_pool_client_secret(data: Json) -> Json:
    """DeleteUserPoolClientSecret; the last secret cannot be deleted."""
    _, client = pool_and_client(data)
    rows = _rows(client)
    kept = [row for row in rows if row["id"] != data["ClientSecretId"]]
    if len(kept) == len(rows):
        raise Refusal("ResourceNotFoundException", "Client secret does not exist.")
    if not kept:
        raise invalid_parameter("The last client secret cannot be deleted.")
    if rows[0] not in kept:
        client[records.FIRST_IS_DELETED] = True
    client |= {records.SECRETS: kept, "ClientSecret": kept[0]["value"]}
    return {}


def describe_user_pool_client(data: Json) -> Json:
    """DescribeUserPoolClient."""
    return {"UserPoolClient": described(pool_and_client(data)[1])}


def described(client: Json) -> Json:
    """Return what AWS shows of a client: the first secret only, while it exists."""
    hidden = {"ClientSecret"} if client.get(records.FIRST_IS_DELETED) else set[str]()
    return {
        name: value
        for name, value in client.items()
        if value is not None and name not in hidden and not name.startswith("_")
    }


def secrets_of(client: Json) -> list[str]:
    """Return the valid secrets; an empty list for a public client."""
    return [row["value"] for row in _rows(client)]


def is_hash(client: Json, username: str, given: object) -> bool:
    """Return whether ``given`` is the SECRET_HASH of ``username`` with any secret of the client."""
    text = f"{username}{client['ClientId']}".encode()
    made = [hmac.new(secret.encode(), text, hashlib.sha256).digest() for secret in secrets_of(client)]
    return any(hmac.compare_digest(base64.b64encode(digest), str(given).encode()) for digest in made)


def check(action: str, data: Json) -> Any:  # noqa: ANN401 - ministack's error response or None
    """Check SECRET_HASH in place of ministack; any secret of the client is accepted."""
    pool: Json = cognito._pool_for_client(data.get("ClientId"))[0] or {}
    clients: dict[object, Json] = pool.get("_clients", {})
    client = clients.get(data.get("ClientId"), {})
    if len(secrets_of(client)) < _MOST:
        return _native_check(action, data)
    with _turn:
        first = client["ClientSecret"]
        refusals: list[Any] = []
        try:
            for secret in secrets_of(client):
                client["ClientSecret"] = secret
                refusals.append(_native_check(action, data))
        finally:
            client["ClientSecret"] = first
    return None if None in refusals else refusals[-1]


def _rows(client: Json) -> list[Json]:
    if not client.get("ClientSecret"):
        return []
    created = client.get("CreationDate")
    made = created if isinstance(created, int | float) else 0
    first = {"id": f"{client.get('ClientId')}--{int(made)}", "value": client["ClientSecret"], "at": made}
    return client.get(records.SECRETS) or [first]


def _descriptor(row: Json) -> Json:
    return {"ClientSecretId": row["id"], "ClientSecretCreateDate": row["at"]}
