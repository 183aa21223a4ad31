"""A CDKTF application of your own, with this repository's constructs: two pools, and a Lambda trigger beside them.

Run ``python -m examples.own_stack.main`` in the root of this repository; it synthesizes into ``cdktf.out``.
"""

# Import from `stacks` before cdktf: it prepares the bindings, so that a synthesis takes two seconds in place of twenty.
from stacks.auth.clients.construct import UserPoolClient
from stacks.auth.clients.props import ApiClient, PublicClient
from stacks.auth.clients.token_validity import ClientTokenValidity
from stacks.auth.domain import PrefixDomain, UserPoolDomain
from stacks.auth.user_pool.construct import UserPool
from stacks.auth.user_pool.props import UserPoolProps
from stacks.auth.user_pool.triggers import LambdaTriggers

# isort: split
import cdktf_cdktf_provider_aws as aws
from cdktf import App, TerraformOutput, TerraformStack
from constructs import Construct

CALLBACK = "https://app.example.com/back"


class OwnStack(TerraformStack):
    """Pools for staff and customers; a function of the same stack decides who may sign up as staff."""

    def __init__(self, scope: Construct, id_: str) -> None:
        """Declare the resources."""
        super().__init__(scope, id_)
        aws.provider.AwsProvider(self, "aws", region="eu-central-1")
        function = aws.lambda_function.LambdaFunction(
            self,
            "staff_only",
            function_name="staff-only",
            role="arn:aws:iam::111122223333:role/staff-only",
            runtime="python3.13",
            handler="main.handler",
            filename="staff-only.zip",
        )
        staff = UserPoolProps(triggers=LambdaTriggers(pre_sign_up=function.arn))
        for name, props in (("staff", staff), ("customers", UserPoolProps())):
            self._sign_in(name, props)

    def _sign_in(self, name: str, props: UserPoolProps) -> None:
        pool = UserPool(self, name, name=name, props=props, password_minimum_length=12)
        pool_id = pool.resource.id
        lifetimes = ClientTokenValidity(refresh_hours=12).values
        api = UserPoolClient(
            self,
            f"{name}_api",
            name=f"{name}-api",
            user_pool_id=pool_id,
            props=ApiClient(),
            token_validity=lifetimes,
            callback_urls=[CALLBACK],
        )
        web = PublicClient(id="web", name=f"{name}-web", callback_urls=(CALLBACK,))
        UserPoolClient(
            self,
            f"{name}_web",
            name=web.name,
            user_pool_id=pool_id,
            props=web,
            token_validity=lifetimes,
            callback_urls=web.callback_urls,
        )
        UserPoolDomain(
            self,
            f"{name}_domain",
            user_pool_id=pool_id,
            region="eu-central-1",
            props=PrefixDomain(prefix=f"example-{name}"),
            clients={"api": api.resource.id},
        )
        TerraformOutput(self, f"{name}_pool_id", value=pool_id)
        TerraformOutput(self, f"{name}_client_secret", value=api.resource.client_secret, sensitive=True)


def main() -> None:
    """Synthesize."""
    app = App()
    OwnStack(app, "own")
    app.synth()


if __name__ == "__main__":
    main()
