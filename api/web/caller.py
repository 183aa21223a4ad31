"""Who calls a route of the own account."""

from dataclasses import dataclass, field

from cognito_tokens import Principal

# What Cognito asks of a token for the operations on its own user.
OWN_ACCOUNT = "aws.cognito.signin.user.admin"


@dataclass(frozen=True)
class Caller:
    """Who calls, and the verified access token to ask Cognito with."""

    principal: Principal
    access_token: str = field(repr=False)
