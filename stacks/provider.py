"""The AWS provider of a stack."""

from cdktf import TerraformStack, Token

from stacks import aws
from stacks.variables import StackVariables


def declare_provider(
    stack: TerraformStack,
    variables: StackVariables,
    *,
    allowed_account_ids: tuple[str, ...],
    assume_role_arn: str | None,
) -> None:
    """Declare the provider: its region and tags are variables, and it refuses other accounts than the allowed."""
    role = [aws.AwsProviderAssumeRole(role_arn=assume_role_arn)] if assume_role_arn else None
    aws.AwsProvider(
        stack,
        "aws",
        region=variables.aws_region.string_value,
        default_tags=[aws.AwsProviderDefaultTags(tags=Token.as_string_map(variables.tags.value))],
        allowed_account_ids=list(allowed_account_ids) or None,
        assume_role=role,
    )
