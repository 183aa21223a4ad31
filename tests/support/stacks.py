"""Synthesized stacks, in this process: the bindings are imported once."""

import json
from typing import Any

from cdktf import Testing

from stacks.auth_stack import AuthStack
from stacks.user_pool import RemovalPolicy


def synthesize(
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN, revocation_table: str | None = None
) -> dict[str, Any]:
    """Return the Terraform JSON of the stack, without absolute paths."""
    stack = AuthStack(Testing.app(), "auth", removal_policy=removal_policy, revocation_table=revocation_table)
    return json.loads(Testing.synth(stack))
