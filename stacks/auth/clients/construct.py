"""User pool clients."""

from typing import TYPE_CHECKING

from cdktf import IResolvable, TerraformResourceLifecycle
from constructs import Construct

from stacks import aws
from stacks.auth.clients.props import ApiClient, AuthFlow, BrowserClient, ClientProps
from stacks.auth.clients.token_validity import TokenValidity

if TYPE_CHECKING:
    from collections.abc import Sequence

# Authentication flow of each kind of client. A machine client signs in no user, and a confidential one at the hosted
# pages, but an empty list means Cognito's default of three flows; the admin flow cannot be used without AWS credentials
# of the account.
_FLOWS: dict[str, AuthFlow] = {
    "api": "ALLOW_USER_PASSWORD_AUTH",
    "public": "ALLOW_USER_SRP_AUTH",
    "confidential": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "machine": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
}


class UserPoolClient(Construct):
    """A client with only the flows that it needs; it does not reveal which accounts exist, and has no implicit grant.

    ``ALLOW_REFRESH_TOKEN_AUTH`` is added only if refresh tokens do not rotate, because Cognito rejects the
    combination. The API refreshes with GetTokensFromRefreshToken, which needs no flow.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        user_pool_id: str,
        props: ClientProps,
        token_validity: TokenValidity,
        passwordless: bool = False,
        callback_urls: "Sequence[str]" = (),
        logout_urls: "Sequence[str]" = (),
        propagate_user_context: bool | IResolvable = False,
        retain: bool = False,
        adopted: bool = False,
    ) -> None:
        """Create the client in the pool ``user_pool_id``; ``passwordless``: the pool allows other first factors.

        ``retain`` prevents Terraform from replacing it, which would lose its id, its secret and every session.
        """
        super().__init__(scope, id_)
        is_machine = props.kind == "machine"
        self.has_secret = props.kind != "public"
        self.resource = aws.CognitoUserPoolClient(
            self,
            "Default",
            name=name,
            user_pool_id=user_pool_id,
            generate_secret=self.has_secret,
            explicit_auth_flows=sorted(
                needed_flows(props.kind, passwordless=passwordless, rotates=props.grace_seconds is not None)
                | {*props.extra_auth_flows}
            ),
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            auth_session_validity=props.auth_session_minutes,
            enable_propagate_additional_user_context_data=propagate_user_context,
            access_token_validity=token_validity.access_minutes,
            id_token_validity=token_validity.id_minutes,
            refresh_token_validity=token_validity.refresh,
            token_validity_units=[
                aws.CognitoUserPoolClientTokenValidityUnits(
                    access_token="minutes",  # noqa: S106 - a unit, not a token
                    id_token="minutes",  # noqa: S106 - a unit, not a token
                    refresh_token=token_validity.refresh_unit,
                ),
            ],
            # Always set both fields: the provider treats an absent one as a change (its issues 45646 and 47196).
            refresh_token_rotation=[
                aws.CognitoUserPoolClientRefreshTokenRotation(
                    feature="DISABLED" if props.grace_seconds is None else "ENABLED",
                    retry_grace_period_seconds=props.grace_seconds or 0,
                ),
            ],
            read_attributes=list(props.read_attributes),
            write_attributes=list(props.write_attributes),
            supported_identity_providers=list(props.identity_providers),
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["client_credentials" if is_machine else "code"],
            allowed_oauth_scopes=list(props.oauth_scopes),
            callback_urls=list(callback_urls),
            logout_urls=list(logout_urls),
            default_redirect_uri=props.default_redirect_uri if isinstance(props, BrowserClient) else None,
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=retain,
                # An import does not record that a secret exists; Terraform would replace the client to create one.
                ignore_changes=[*(["generate_secret"] if adopted else []), *_unmanaged(props)] or None,
            ),
        )


def _unmanaged(props: ClientProps) -> tuple[str, ...]:
    return props.unmanaged if isinstance(props, ApiClient) else ()


def needed_flows(kind: str, *, passwordless: bool, rotates: bool) -> set[str]:
    """Return the flows that a client of ``kind`` has whatever its props add."""
    flows: set[str] = {_FLOWS[kind]}
    if passwordless and kind != "machine":
        flows.add("ALLOW_USER_AUTH")
    if not rotates:
        flows.add("ALLOW_REFRESH_TOKEN_AUTH")
    return flows
