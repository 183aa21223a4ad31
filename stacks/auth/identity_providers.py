"""Federated sign-in: Google, Apple, Facebook, Amazon, OpenID Connect, SAML.

Secrets are not arguments, because arguments appear in the synthesized JSON. They are entries of the sensitive variable
``identity_provider_secrets``, keyed by the provider's name.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from constructs import Construct
from pydantic import Field

from stacks import aws
from stacks.props import Props

# Fewer characters than Cognito allows, because the name is also part of a Terraform id.
ProviderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{1,30}[A-Za-z0-9]$")]
_EMAIL = {"email": "email", "email_verified": "email_verified"}


class IdentityProvider(Props):
    """Base class: attribute mapping, and identifiers that select the provider on the hosted pages."""

    type: ClassVar[str]
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

    type = "Google"
    scopes: str = "openid email profile"
    attribute_mapping: dict[str, str] = Field(default=_EMAIL)


class Facebook(OAuthProvider):
    """Facebook."""

    type = "Facebook"
    scopes: str = "public_profile,email"
    api_version: Annotated[str, Field(pattern=r"^v\d+\.\d$")] = "v22.0"

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {**super().details, "api_version": self.api_version}


class LoginWithAmazon(OAuthProvider):
    """Amazon."""

    type = "LoginWithAmazon"
    scopes: str = "profile"


class SignInWithApple(OAuthProvider):
    """Apple; its secret is the private key."""

    type = "SignInWithApple"
    secret_key = "private_key"  # noqa: S105 - the name of an argument
    team_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$")]
    key_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$")]
    scopes: str = "email name"
    attribute_mapping: dict[str, str] = Field(default=_EMAIL)

    @property
    def details(self) -> dict[str, str]:
        """Cognito's ProviderDetails without the secret."""
        return {**super().details, "team_id": self.team_id, "key_id": self.key_id}


class OpenIdConnect(OAuthProvider):
    """Any OpenID Connect provider that supports discovery."""

    type = "OIDC"
    name: ProviderName
    issuer: Annotated[str, Field(pattern=r"^https://[^\s?#]+$")]
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

    type = "SAML"
    secret_key = None
    name: ProviderName
    metadata_url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
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


class IdentityProviders(Construct):
    """The identity providers of a pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_id: str, providers: Sequence[IdentityProvider]) -> None:
        """Add ``providers`` to the pool; the stack declares ``identity_provider_secrets`` if any has a secret."""
        super().__init__(scope, id_)
        self.resources = [self._add(user_pool_id, provider) for provider in providers]

    def _add(self, user_pool_id: str, provider: IdentityProvider) -> aws.CognitoIdentityProvider:
        name = provider.provider_name
        secret = {provider.secret_key: f'${{var.identity_provider_secrets["{name}"]}}'} if provider.secret_key else {}
        resource = aws.CognitoIdentityProvider(
            self,
            name,
            user_pool_id=user_pool_id,
            provider_name=name,
            provider_type=provider.type,
            provider_details={**provider.details, **secret},
            attribute_mapping=provider.attribute_mapping,
            idp_identifiers=list(provider.idp_identifiers) or None,
        )
        resource.override_logical_id(f"identity_provider_{name.lower()}")
        return resource
