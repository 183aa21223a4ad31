"""``python -m api.rotate``: exchange the client secret, with no moment in which the API's does not count.

Cognito takes two secrets of a client. A new one is added, written where the API reads it (every minute), and when every
process has had the time to, the old one is deleted. It needs AWS credentials of an operator, not the API's:
``cognito-idp:AddUserPoolClientSecret``, ``ListUserPoolClientSecrets`` and ``DeleteUserPoolClientSecret`` on the pool,
and ``secretsmanager:PutSecretValue``, or ``ssm:PutParameter`` and ``DescribeParameters``, beside the right to read. Run
it with the API's settings: it waits by ``CLIENT_SECRET_READ_SECONDS``.
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

# API_AddUserPoolClientSecret: 24 to 64 of these.
_LONGEST_REQUEST_SECONDS = 10
_ALPHABET, _LENGTH = string.ascii_letters + string.digits, 52


def rotate(settings: Settings) -> None:
    """Exchange the secret; raise ``ConfigurationError`` where that cannot be, or what botocore raises."""
    stack = settings.stack_outputs
    # Three reads, for one that fails after its time-outs; and the time that a request may last.
    wait_seconds = 3 * settings.client_secret_read_seconds + _LONGEST_REQUEST_SECONDS
    arn = stack.cognito_user_pool_client_secret_arn
    if arn is None:
        message = (
            "The client secret is in the outputs, where nothing can exchange it under a running API: deploy with "
            "CLIENT_SECRET_STORE=secretsmanager:NAME first."
        )
        raise ConfigurationError(message)
    # Before anything is changed: what cannot be read cannot be exchanged.
    reader(arn)()
    client = {"UserPoolId": stack.cognito_user_pool_id, "ClientId": stack.cognito_user_pool_client_id}
    cognito = aws_client("cognito-idp", settings.region)
    old = _only_secret(cognito.list_user_pool_client_secrets(**client)["ClientSecrets"])
    value = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    added = cognito.add_user_pool_client_secret(**client, ClientSecret=value)["ClientSecretDescriptor"]
    try:
        _write(arn, value)
    except ClientError:
        # A refusal of the retry does not say that the first send was refused. Where there is no answer, both stay.
        if reader(arn)() != value:
            # Nobody has it, and it stands in the way of the next try.
            cognito.delete_user_pool_client_secret(**client, ClientSecretId=added["ClientSecretId"])
        raise
    _say(f"The new secret is written; the old one is deleted in {wait_seconds:.0f} s, when every process has read it.")
    time.sleep(wait_seconds)
    cognito.delete_user_pool_client_secret(**client, ClientSecretId=old)
    _say("The client secret has been exchanged.")


def _only_secret(rows: list[dict[str, Any]]) -> str:
    """Return the id of the one secret; raise ``ConfigurationError`` for two: which is used, only a person can tell."""
    if len(rows) == 1:
        return str(rows[0]["ClientSecretId"])
    names = ", ".join(str(row["ClientSecretId"]) for row in rows)
    message = (
        f"The client has {len(rows)} secrets ({names}), not one: an earlier rotation was cut off. If the stored value "
        "was written then, delete the older, else the younger (aws cognito-idp delete-user-pool-client-secret), and "
        "run this again."
    )
    raise ConfigurationError(message)


def _write(arn: str, value: str) -> None:
    service, region, name = place_of(arn)
    client = aws_client(service, region)
    if service == "ssm":
        filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        (row,) = client.describe_parameters(ParameterFilters=filters)["Parameters"]
        # Left out, it would be encrypted with another key than its own.
        client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True, KeyId=row["KeyId"])
    else:
        client.put_secret_value(SecretId=name, SecretString=value)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Exchange the secret of this deployment; return 1 with one line when that cannot be."""
    try:
        rotate(Settings.load())
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        sys.stderr.write(f"{error.operation_name} was refused ({code}). What the API uses counts as before.\n")
    except BotoCoreError as error:
        sys.stderr.write(f"AWS cannot be asked ({type(error).__name__}). What the API uses counts as before.\n")
    else:
        return 0
    return 1
