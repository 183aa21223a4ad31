"""Arguments of the hosting stack from the table ``hosting`` of an environment's file, and from the auth stack's."""

import os
from typing import Any

from stacks.auth.secret_store import SecretStore
from stacks.checks import deployment_lock
from stacks.hosting.props import HostingProps

FARGATE = "fargate"
# Variables of the file that both stacks have; the others are of the pool.
_SHARED = ("aws_region", "tags")


def hosting_props(
    given: dict[str, Any],
    *,
    default_name: str,
    auth_stack: str,
    variables: dict[str, Any],
    client_secret_store: SecretStore | None,
    auth_state_table: str | None,
) -> HostingProps:
    """Return the arguments: those ``given``, and what follows from the auth stack of the same environment.

    The pool is that of the auth stack's lock. Raises pydantic's ``ValidationError`` for an invalid argument.
    """
    found: dict[str, Any] = {
        "name": default_name,
        "user_pool_id": deployment_lock.read(auth_stack).get("user_pool_id"),
        "client_secret_store": client_secret_store,
        "state_table": auth_state_table,
        "removal_policy": os.environ.get("HOSTING_REMOVAL_POLICY"),
        "image_digest": os.environ.get("IMAGE_DIGEST"),
        "variables": {name: variables[name] for name in _SHARED if name in variables},
    }
    overrides = {"removal_policy", "image_digest"}
    defaults = {name: value for name, value in found.items() if value and name not in overrides}
    wanted = {name: found[name] for name in overrides if found[name]}
    return HostingProps(**(defaults | given | wanted))
