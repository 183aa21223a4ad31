"""Synthesized stacks, in this process: the bindings are imported once."""

import json
from typing import Any

from cdktf import Testing

from stacks.auth_stack import AuthStack
from stacks.user_pool import RemovalPolicy


def synthesize(removal_policy: RemovalPolicy = RemovalPolicy.RETAIN) -> dict[str, Any]:
    """Return the Terraform JSON of the stack, without absolute paths."""
    return json.loads(Testing.synth(AuthStack(Testing.app(), "auth", removal_policy=removal_policy)))
