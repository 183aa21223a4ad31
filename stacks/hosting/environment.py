"""Arguments of the hosting stack from the table ``hosting`` of an environment's file, and from the auth stack's."""

import os
from typing import Any

from stacks.auth.props import AuthStackProps
from stacks.checks import deployment_lock
from stacks.environment_file import InvalidSettingError
from stacks.hosting.props import HostingProps

FARGATE = "fargate"
# Variables of the file that both stacks have; the others are of the pool.
_SHARED = ("aws_region", "tags")


def hosting_props(given: dict[str, Any], auth: AuthStackProps, *, default_name: str, auth_stack: str) -> HostingProps:
    """Return the arguments: those ``given``, and what follows from the auth stack of the same environment.

    The pool, its account and its region are those of the auth stack's lock. Raises pydantic's ``ValidationError`` for
    an invalid argument, and ``InvalidSettingError`` for one that contradicts the auth stack.
    """
    lock = deployment_lock.read(auth_stack)
    account = lock.get("account")
    defaults: dict[str, Any] = {
        "name": default_name,
        "user_pool_id": lock.get("user_pool_id"),
        "client_secret_store": auth.client_secret_store,
        "state_table": auth.state_table,
        "allowed_account_ids": auth.allowed_account_ids or tuple(filter(None, [account])),
        "assume_role_arn": auth.assume_role_arn,
    }
    overrides = {
        "removal_policy": os.environ.get("HOSTING_REMOVAL_POLICY"),
        "image_digest": os.environ.get("IMAGE_DIGEST"),
    }
    found = _set(defaults) | given | _set(overrides)
    region = str(found.get("user_pool_id", "")).partition("_")[0]
    shared = {name: auth.variables[name] for name in _SHARED if name in auth.variables}
    props = HostingProps(**found, variables=_set({"aws_region": region}) | shared)
    if props.close_pool and (auth.domain or auth.existing_domain or auth.web_acl_arn or auth.admitted_networks):
        message = (
            "hosting.close_pool, and the pool has a domain or a web ACL (stack): it can have one web ACL, and this one "
            "would close the hosted pages. Remove one of them."
        )
        raise InvalidSettingError(message)
    return props


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
