"""The user pool client that the API signs in with."""

from dataclasses import dataclass

from cdktf import IResolvable
from constructs import Construct

from stacks import aws

# What people may say of themselves: nothing in it lets anybody in. PROFILE_ATTRIBUTES of the API is the same list.
_PROFILE = ["family_name", "given_name", "locale", "name", "nickname", "zoneinfo"]


@dataclass(frozen=True)
class TokenValidity:
    """How long tokens live: access and ID token in minutes, refresh token in days."""

    access_minutes: float
    id_minutes: float
    refresh_days: float


class UserPoolClient(Construct):
    """A confidential client: it has a secret, and only the flows that the API uses.

    ``ALLOW_REFRESH_TOKEN_AUTH`` is absent because Cognito refuses it beside refresh token rotation; tokens are
    refreshed with GetTokensFromRefreshToken, which needs no flow.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        user_pool_id: str,
        callback_urls: list[str],
        logout_urls: list[str],
        token_validity: TokenValidity,
        propagate_user_context: bool | IResolvable = False,
    ) -> None:
        """Make the client in the pool ``user_pool_id``."""
        super().__init__(scope, id_)
        self.resource = aws.CognitoUserPoolClient(
            self,
            "Default",
            name=name,
            user_pool_id=user_pool_id,
            generate_secret=True,
            explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            auth_session_validity=3,
            enable_propagate_additional_user_context_data=propagate_user_context,
            access_token_validity=token_validity.access_minutes,
            id_token_validity=token_validity.id_minutes,
            refresh_token_validity=token_validity.refresh_days,
            token_validity_units=[
                aws.CognitoUserPoolClientTokenValidityUnits(
                    access_token="minutes",  # noqa: S106 - a unit, not a token
                    id_token="minutes",  # noqa: S106 - a unit, not a token
                    refresh_token="days",  # noqa: S106 - a unit, not a token
                ),
            ],
            refresh_token_rotation=[
                aws.CognitoUserPoolClientRefreshTokenRotation(feature="ENABLED", retry_grace_period_seconds=30),
            ],
            read_attributes=["email", "email_verified", *_PROFILE],
            write_attributes=["email", *_PROFILE],
            supported_identity_providers=["COGNITO"],
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            # The last is what sign-out and the own account ask of a token.
            allowed_oauth_scopes=["openid", "email", "aws.cognito.signin.user.admin"],
            callback_urls=callback_urls,
            logout_urls=logout_urls,
        )
