"""``python -m api.rotate``: rotate the client secret without downtime of the API.

Cognito accepts two secrets per client. The command adds a new secret, writes it where the API reads it (every minute),
waits until every process has had time to read it, and deletes the old one. It needs an operator's AWS credentials, not
the API's: ``cognito-idp:AddUserPoolClientSecret``, ``ListUserPoolClientSecrets`` and ``DeleteUserPoolClientSecret`` on
the pool, and ``secretsmanager:PutSecretValue``, or ``ssm:PutParameter`` and ``DescribeParameters``, in addition to read
access. Run it with the API's settings: ``CLIENT_SECRET_READ_SECONDS`` determines how long it waits.
"""

import secrets
import string
import sys
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from api.cognito.client_secret import aws_client, place_of, reader
from api.config.settings import Settings
from api.errors import ConfigurationError

_LONGEST_REQUEST_SECONDS = 10
# API_AddUserPoolClientSecret: a secret has 24 to 64 characters.
_ALPHABET, _LENGTH = string.ascii_letters + string.digits, 52


def rotate(settings: Settings) -> None:
    """Rotate the secret; raise ``ConfigurationError`` when that is not possible. Exceptions of botocore propagate."""
    stack = settings.stack_outputs
    # Three read intervals, in case a read fails after its time-outs, plus the longest duration of a request.
    wait_seconds = 3 * settings.client_secret_read_seconds + _LONGEST_REQUEST_SECONDS
    arn = stack.cognito_user_pool_client_secret_arn
    if arn is None:
        message = (
            "The client secret is in the outputs, so it cannot be rotated while the API is running. Deploy with "
            "CLIENT_SECRET_STORE=secretsmanager:NAME first."
        )
        raise ConfigurationError(message)
    # Before anything is changed: fail if the stored secret cannot be read.
    reader(arn)()
    client = {"UserPoolId": stack.cognito_user_pool_id, "ClientId": stack.cognito_user_pool_client_id}
    cognito = aws_client("cognito-idp", settings.region)
    old = _only_secret(cognito.list_user_pool_client_secrets(**client)["ClientSecrets"])
    value = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    added = cognito.add_user_pool_client_secret(**client, ClientSecret=value)["ClientSecretDescriptor"]
    try:
        _write(arn, value)
    except ClientError:
        # Only the retry may have been rejected, so read what is stored. Without a response, both secrets are kept.
        if reader(arn)() != value:
            # No process uses the new secret, and it would block the next rotation.
            cognito.delete_user_pool_client_secret(**client, ClientSecretId=added["ClientSecretId"])
        raise
    _say(f"The new secret is stored. The old one is deleted in {wait_seconds:.0f} s, when all processes have read it.")
    time.sleep(wait_seconds)
    cognito.delete_user_pool_client_secret(**client, ClientSecretId=old)
    _say("The client secret has been rotated.")


def _only_secret(rows: list[dict[str, Any]]) -> str:
    """Return the id of the only secret; raise ``ConfigurationError`` for two, because an operator must choose."""
    if len(rows) == 1:
        return str(rows[0]["ClientSecretId"])
    names = ", ".join(str(row["ClientSecretId"]) for row in rows)
    message = (
        f"The client has {len(rows)} secrets ({names}) instead of one: an earlier rotation was interrupted. If that "
        "rotation stored its new secret, delete the older secret, otherwise the newer one "
        "(aws cognito-idp delete-user-pool-client-secret). Then run this command again."
    )
    raise ConfigurationError(message)


def _write(arn: str, value: str) -> None:
    service, region, name = place_of(arn)
    client = aws_client(service, region)
    if service == "ssm":
        filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        (row,) = client.describe_parameters(ParameterFilters=filters)["Parameters"]
        # Without KeyId, the parameter would be encrypted with the default key instead of its own.
        client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True, KeyId=row["KeyId"])
    else:
        client.put_secret_value(SecretId=name, SecretString=value)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Rotate the client secret of this deployment; return 1 and print one line on failure."""
    try:
        rotate(Settings.load())
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        sys.stderr.write(f"{error.operation_name} was rejected ({code}). The secret used by the API is still valid.\n")
    except BotoCoreError as error:
        sys.stderr.write(f"A call to AWS failed ({type(error).__name__}). The secret used by the API is still valid.\n")
    else:
        return 0
    return 1
