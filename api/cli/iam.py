"""``python -m api.iam``: the least-privilege IAM policy of this deployment's API, as JSON.

The API needs AWS permissions only for administration, a DynamoDB store, notices, and a client secret stored by AWS. All
its other calls are unsigned.
"""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from api.admin.operations import OPERATIONS
from api.cognito.endpoint import partition_of
from api.config.settings import Settings
from api.errors import ConfigurationError


def policy(settings: Settings) -> dict[str, Any]:
    """Return the policy document for what ``settings`` enable."""
    stack = settings.stack_outputs
    prefix = f"arn:{partition_of(settings.region)['id']}"
    statements: list[dict[str, Any]] = []
    if settings.admin_group is not None:
        actions = sorted({f"cognito-idp:{operation}" for operations in OPERATIONS.values() for operation in operations})
        pool = f"{prefix}:cognito-idp:{settings.region}:*:userpool/{stack.cognito_user_pool_id}"
        statements.append({"Sid": "Administration", "Effect": "Allow", "Action": actions, "Resource": pool})
    store = urlsplit(settings.state_store.get_secret_value())
    if store.scheme == "dynamodb":
        table = f"{prefix}:dynamodb:{settings.region}:*:table/{store.netloc}"
        actions = [f"dynamodb:{action}" for action in ("DeleteItem", "PutItem", "Query", "UpdateItem")]
        statements.append({"Sid": "State", "Effect": "Allow", "Action": actions, "Resource": table})
    if settings.notices_from:
        domain = settings.notices_from.rpartition("@")[2].rstrip(">")
        identities = [f"{prefix}:ses:{settings.region}:*:identity/{name}" for name in (domain, f"*@{domain}")]
        statements.append({"Sid": "Notices", "Effect": "Allow", "Action": "ses:SendEmail", "Resource": identities})
    if arn := stack.cognito_user_pool_client_secret_arn:
        actions = ["secretsmanager:GetSecretValue"] if ":secretsmanager:" in arn else ["ssm:GetParameter"]
        statements.append({"Sid": "ClientSecret", "Effect": "Allow", "Action": actions, "Resource": arn})
    return {"Version": "2012-10-17", "Statement": statements}


def main() -> int:
    """Print the policy; return 1 when the settings are invalid or no policy is needed."""
    try:
        document = policy(Settings.load())
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    if not document["Statement"]:
        why = (
            "neither ADMIN_GROUP, NOTICES_FROM nor a dynamodb:// store is set, and the client secret is given directly"
        )
        print(f"The API needs no AWS permission: {why}.", file=sys.stderr)
        return 1
    print(json.dumps(document, indent=2))
    return 0
