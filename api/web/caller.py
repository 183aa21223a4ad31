"""Caller of a route for the user's own account."""

from dataclasses import dataclass, field

from cognito_tokens import Principal

# Scope that Cognito requires for operations on the token's own user.
OWN_ACCOUNT = "aws.cognito.signin.user.admin"


@dataclass(frozen=True)
class Caller:
    """The signed-in user, and the verified access token for calls to Cognito."""

    principal: Principal
    access_token: str = field(repr=False)
