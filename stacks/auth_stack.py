"""The stack: provider, variables, constructs, outputs; the details are in the constructs."""

from cdktf import TerraformStack, Token
from constructs import Construct

from stacks import aws
from stacks.outputs import declare_outputs
from stacks.revocation_table import RevocationTable
from stacks.user_pool import RemovalPolicy, UserPool
from stacks.user_pool_client import TokenValidity, UserPoolClient
from stacks.variables import Variables


class AuthStack(TerraformStack):
    """Everything that the API needs of AWS: one user pool and one confidential client, and a table if asked for."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        revocation_table: str | None = None,
    ) -> None:
        """Build the stack; ``id_`` names its state and its entry in the outputs file.

        ``revocation_table`` is the name of a DynamoDB table that hosts share their revocations by.
        """
        super().__init__(scope, id_)
        variables = Variables(self)
        region = variables.aws_region.string_value
        aws.AwsProvider(
            self,
            "aws",
            region=region,
            default_tags=[aws.AwsProviderDefaultTags(tags=Token.as_string_map(variables.tags.value))],
        )
        user_pool = UserPool(
            self,
            "user_pool",
            name=variables.user_pool_name.string_value,
            password_minimum_length=variables.password_minimum_length.number_value,
            removal_policy=removal_policy,
        )
        client = UserPoolClient(
            self,
            "user_pool_client",
            name=variables.user_pool_client_name.string_value,
            user_pool_id=user_pool.resource.id,
            callback_urls=variables.callback_urls.list_value,
            logout_urls=variables.logout_urls.list_value,
            propagate_user_context=variables.propagate_user_context.boolean_value,
            token_validity=TokenValidity(
                access_minutes=variables.access_token_validity.number_value,
                id_minutes=variables.id_token_validity.number_value,
                refresh_days=variables.refresh_token_validity.number_value,
            ),
        )
        declare_outputs(self, user_pool, client, variables)
        if revocation_table:
            RevocationTable(self, "revocation_table", name=revocation_table)
