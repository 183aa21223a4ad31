"""What the API's task may do at AWS: the statements that ``python -m api.iam`` prints for the same settings.

The infrastructure does not import the API (ADR 4), so a test compares the two.
"""

import re
from collections.abc import Iterator
from typing import Any

from stacks.hosting.props import HostingProps

Json = dict[str, Any]
# Operations of the routes under /admin.
ADMINISTRATION = (
    "AdminAddUserToGroup",
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDeleteUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminGetUser",
    "AdminListGroupsForUser",
    "AdminRemoveUserFromGroup",
    "AdminResetUserPassword",
    "AdminSetUserMFAPreference",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "CreateGroup",
    "DeleteGroup",
    "ListGroups",
    "ListUsers",
    "ListUsersInGroup",
)
STATE = ("DeleteItem", "PutItem", "Query", "UpdateItem")


def statements(props: HostingProps, *, partition: str, region: str, table: str) -> Iterator[Json]:
    """Yield the statements for the state table ``table``, and for what the settings of ``props`` enable."""
    prefix = f"arn:{partition}"
    if "ADMIN_GROUP" in props.settings:
        pool = f"{prefix}:cognito-idp:{region}:*:userpool/{props.user_pool_id}"
        yield _allow("Administration", [f"cognito-idp:{name}" for name in ADMINISTRATION], [pool])
    table_arn = f"{prefix}:dynamodb:{region}:*:table/{table}"
    yield _allow("State", [f"dynamodb:{name}" for name in STATE], [table_arn])
    if sender := props.settings.get("NOTICES_FROM"):
        domain = re.sub(r".*@|>$", "", sender)
        identities = [f"{prefix}:ses:{region}:*:identity/{name}" for name in (domain, f"*@{domain}")]
        yield _allow("Notices", ["ses:SendEmail"], identities)
    if store := props.client_secret_store:
        if store.service == "ssm":
            yield _allow("ClientSecret", ["ssm:GetParameter"], [f"{prefix}:ssm:{region}:*:parameter{store.name}"])
        else:
            # Secrets Manager adds six characters to the name.
            secret = f"{prefix}:secretsmanager:{region}:*:secret:{store.name}-??????"
            yield _allow("ClientSecret", ["secretsmanager:GetSecretValue"], [secret])
        if store.kms_key_arn:
            yield _allow("ClientSecretKey", ["kms:Decrypt"], [store.kms_key_arn])


def _allow(sid: str, actions: list[str], resources: list[str]) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}
