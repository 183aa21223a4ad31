"""The stack's outputs: the complete contract with the API, which reads them from a file.

Each output is declared on the stack itself with its construct id equal to its name: `cdktf deploy` keys the
outputs file by construct id, and nests or hashes the outputs of nested constructs.
"""

from typing import Any

from cdktf import TerraformOutput
from constructs import Construct

from stacks.auth.clients.construct import UserPoolClient
from stacks.auth.domain import UserPoolDomain
from stacks.auth.secret_store import StoredSecret
from stacks.auth.user_pool.construct import UserPool
from stacks.auth.variables import Variables


def declare_outputs(
    stack: Construct,
    variables: Variables,
    user_pool: UserPool,
    client: UserPoolClient,
    other_clients: dict[str, UserPoolClient],
    domain: UserPoolDomain | None,
    secret: StoredSecret | None,
    refresh_hours: int | None,
    existing_domain: str | None,
) -> None:
    """Declare every output on ``stack``; client secrets are sensitive, so Terraform does not print them.

    If the API's secret is stored in AWS, the output is its ARN instead of the secret.
    """
    _output(stack, "cognito_user_pool_id", user_pool.resource.id)
    _output(stack, "cognito_user_pool_client_id", client.resource.id)
    if secret:
        _output(stack, "cognito_user_pool_client_secret_arn", secret.arn)
    else:
        _output(stack, "cognito_user_pool_client_secret", client.resource.client_secret, sensitive=True)
    _output(stack, "cognito_issuer", f"https://{user_pool.resource.endpoint}")
    _output(stack, "aws_region", variables.aws_region.string_value)
    _output(stack, "cognito_propagate_user_context", variables.propagate_user_context.value)
    days = -(-refresh_hours // 24) if refresh_hours else variables.refresh_token_validity.number_value
    _output(stack, "cognito_refresh_token_validity_days", days)
    _output(stack, "cognito_password_policy", user_pool.resource.interpolation_for_attribute("password_policy[0]"))
    if url := domain.url if domain else existing_domain:
        _output(stack, "cognito_domain", url)
    if domain and domain.is_custom:
        # The target of the DNS record: an alias, or a CNAME.
        _output(stack, "cognito_domain_target", domain.resource.cloudfront_distribution)
        _output(stack, "cognito_domain_target_zone_id", domain.resource.cloudfront_distribution_zone_id)
    for name, other in other_clients.items():
        _output(stack, f"client_{name}_id", other.resource.id)
        if other.has_secret:
            _output(stack, f"client_{name}_secret", other.resource.client_secret, sensitive=True)


def _output(stack: Construct, name: str, value: Any, *, sensitive: bool = False) -> None:  # noqa: ANN401 - any Terraform value
    TerraformOutput(stack, name, value=value, sensitive=sensitive)
