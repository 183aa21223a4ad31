"""The stack's outputs: the whole contract with the API, which reads them from a file.

Each output is declared on the stack itself with its construct id equal to its name: `cdktf deploy` keys the
outputs file by construct id, and nests or hashes the outputs of nested constructs.
"""

from typing import Any

from cdktf import TerraformOutput
from constructs import Construct

from stacks.user_pool import UserPool
from stacks.user_pool_client import UserPoolClient
from stacks.variables import Variables


def declare_outputs(stack: Construct, user_pool: UserPool, client: UserPoolClient, variables: Variables) -> None:
    """Declare every output on ``stack``; the client secret is sensitive, so Terraform does not print it."""
    _output(stack, "cognito_user_pool_id", user_pool.resource.id)
    _output(stack, "cognito_user_pool_client_id", client.resource.id)
    _output(stack, "cognito_user_pool_client_secret", client.resource.client_secret, sensitive=True)
    _output(stack, "cognito_issuer", f"https://{user_pool.resource.endpoint}")
    _output(stack, "aws_region", variables.aws_region.string_value)
    _output(stack, "cognito_propagate_user_context", variables.propagate_user_context.value)
    _output(stack, "cognito_refresh_token_validity_days", variables.refresh_token_validity.number_value)
    _output(
        stack,
        "cognito_password_policy",
        user_pool.resource.interpolation_for_attribute("password_policy[0]"),
    )


def _output(stack: Construct, name: str, value: Any, *, sensitive: bool = False) -> None:  # noqa: ANN401 - any Terraform value
    TerraformOutput(stack, name, value=value, sensitive=sensitive)
