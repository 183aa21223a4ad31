"""Federated sign-in: Google, Apple, Facebook, Amazon, OpenID Connect, SAML.

Secrets are not arguments, because arguments appear in the synthesized JSON. The construct takes Terraform expressions;
those of the stack are entries of the sensitive variable ``identity_provider_secrets``, keyed by the provider's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from cdktf import TerraformResourceLifecycle
from constructs import Construct
from pydantic import Field

from stacks import aws
from stacks.props import Props, matching

# Fewer characters than Cognito allows, because the name is also part of a Terraform id.
ProviderName = Annotated[
    str,
    matching(
        r"[A-Za-z][A-Za-z0-9_-]{1,30}[A-Za-z0-9]", "3 to 32 letters, digits, hyphens and underscores, a letter first"
    ),
]
AppleId = Annotated[str, matching(r"[A-Z0-9]{10}", "10 capital letters and digits, as Apple shows it")]
# Endpoints that Cognito knows or discovers, and writes into ProviderDetails (API_CreateIdentityProvider).
_ENDPOINTS = (
    "ActiveEncryptionCertificate",
    "SLORedirectBindingURI",
    "SSORedirectBindingURI",
    "attributes_url",
    "attributes_url_add_attributes",
    "authorize_url",
    "jwks_uri",
    "oidc_issuer",
    "token_request_method",
    "token_url",
)
_EMAIL = {"email": "email", "email_verified": "email_verified"}


class IdentityProvider(Props):
    """Base class: attribute mapping, and identifiers that select the provider on the hosted pages."""

    type: Any
    """Each provider's own constant; it selects the class where values come from a file."""
    secret_key: ClassVar[str | None] = "client_secret"  # noqa: S105 - the name of an argument

    attribute_mapping: dict[str, str] = Field(default={"email": "email"})
    """Pool attribute -> provider claim. Clients that use the provider must be able to write the mapped attributes."""
    idp_identifiers: Annotated[tuple[str, ...], Field(max_length=50)] = ()

    @property
    def provider_name(self) -> str:
        """The name in Cognito; for a social provider, its type."""
        return self.type

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        raise NotImplementedError


class OAuthProvider(IdentityProvider):
    """A provider at which the pool is registered as an OAuth client."""

    client_id: str
    scopes: str

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {"client_id": self.client_id, "authorize_scopes": self.scopes}


class Google(OAuthProvider):
    """Google."""

    type: Literal["Google"] = "Google"
    scopes: str = "openid email profile"
    attribute_mapping: dict[str, str] = Field(default=_EMAIL)


class Facebook(OAuthProvider):
    """Facebook."""

    type: Literal["Facebook"] = "Facebook"
    scopes: str = "public_profile,email"
    api_version: Annotated[str, matching(r"v\d+\.\d", "a version of the Graph API such as v22.0")] = "v22.0"

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {**super().details, "api_version": self.api_version}


class LoginWithAmazon(OAuthProvider):
    """Amazon."""

    type: Literal["LoginWithAmazon"] = "LoginWithAmazon"
    scopes: str = "profile"


class SignInWithApple(OAuthProvider):
    """Apple; its secret is the private key."""

    type: Literal["SignInWithApple"] = "SignInWithApple"
    secret_key = "private_key"  # noqa: S105 - the name of an argument
    team_id: AppleId
    key_id: AppleId
    scopes: str = "email name"
    attribute_mapping: dict[str, str] = Field(default=_EMAIL)

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {**super().details, "team_id": self.team_id, "key_id": self.key_id}


class OpenIdConnect(OAuthProvider):
    """Any OpenID Connect provider that supports discovery."""

    type: Literal["OIDC"] = "OIDC"
    name: ProviderName
    issuer: Annotated[str, matching(r"https://[^\s?#]+", "an https:// URL without a query and a fragment")]
    scopes: str = "openid email"
    attribute_mapping: dict[str, str] = Field(default=_EMAIL)

    @property
    def provider_name(self) -> str:
        """The name in Cognito."""
        return self.name

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {**super().details, "oidc_issuer": self.issuer, "attributes_request_method": "GET"}


class Saml(IdentityProvider):
    """Any SAML 2.0 provider; it has no secret."""

    type: Literal["SAML"] = "SAML"
    secret_key = None
    name: ProviderName
    metadata_url: Annotated[str, matching(r"https://\S+", "an https:// URL")] | None = None
    metadata_file: str | None = None
    """The metadata document itself, as XML."""
    sign_requests: bool = True
    encrypted_responses: bool = False
    single_log_out: bool = False
    idp_initiated: bool = False
    """IdP-initiated sign-in; it cannot be bound to a request of this application (login CSRF)."""

    @property
    def provider_name(self) -> str:
        """The name in Cognito."""
        return self.name

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        where = {"MetadataURL": self.metadata_url} if self.metadata_url else {"MetadataFile": self.metadata_file or ""}
        flags = {"EncryptedResponses": self.encrypted_responses, "IDPInit": self.idp_initiated}
        flags |= {"IDPSignout": self.single_log_out}
        signing = {"RequestSigningAlgorithm": "rsa-sha256"} if self.sign_requests else {}
        return where | signing | {name: str(value).lower() for name, value in flags.items()}

    def _problems(self) -> Iterator[str]:
        if (self.metadata_url is None) == (self.metadata_file is None):
            yield f"{self.name}: set either metadata_url or metadata_file"


AnyProvider = Annotated[
    Google | Facebook | LoginWithAmazon | SignInWithApple | OpenIdConnect | Saml, Field(discriminator="type")
]


class IdentityProviders(Construct):
    """The identity providers of a pool; ``resources`` are keyed by the provider's name."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        user_pool_id: str,
        providers: Sequence[AnyProvider],
        secrets: Mapping[str, str],
    ) -> None:
        """Add ``providers`` to the pool; ``secrets`` are expressions, by the names of the providers that have one."""
        super().__init__(scope, id_)
        self.resources = {
            provider.provider_name: self._add(user_pool_id, provider, secrets.get(provider.provider_name, ""))
            for provider in providers
        }

    def _add(self, user_pool_id: str, provider: AnyProvider, secret: str) -> aws.CognitoIdentityProvider:
        details = {**provider.details, **({provider.secret_key: secret} if provider.secret_key else {})}
        return aws.CognitoIdentityProvider(
            self,
            provider.provider_name,
            user_pool_id=user_pool_id,
            provider_name=provider.provider_name,
            provider_type=provider.type,
            provider_details=details,
            attribute_mapping=provider.attribute_mapping,
            idp_identifiers=list(provider.idp_identifiers) or None,
            lifecycle=TerraformResourceLifecycle(ignore_changes=_added_by_cognito(provider, details)),
        )


def _added_by_cognito(provider: AnyProvider, details: Mapping[str, str]) -> list[str]:
    """Return what Cognito adds by itself, which every plan would take away (hashicorp/terraform-provider-aws#42157)."""
    mapped = [] if "username" in provider.attribute_mapping else ['attribute_mapping["username"]']
    return [*mapped, *(f'provider_details["{name}"]' for name in _ENDPOINTS if name not in details)]
