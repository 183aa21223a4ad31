"""The arguments of user pool clients: the API's own, those of pages and apps, those of machines."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from stacks.attributes import STANDARD, VERIFIED
from stacks.props import Name, Props, Url
from stacks.token_validity import ClientTokenValidity

# What people may say of themselves: nothing in it lets anybody in. PROFILE_ATTRIBUTES of the API is the same list.
PROFILE = ("family_name", "given_name", "locale", "name", "nickname", "zoneinfo")
OWN_ACCOUNT = "aws.cognito.signin.user.admin"
STANDARD_SCOPES = ("openid", "email", "phone", "profile", OWN_ACCOUNT)

AuthFlow = Literal[
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
]
Urls = Annotated[tuple[Url, ...], Field(max_length=100)]


class ClientProps(Props):
    """What every client can be told."""

    kind: ClassVar[Literal["api", "public", "machine"]]

    extra_auth_flows: tuple[AuthFlow, ...] = ()
    """Flows beyond those that the kind of client needs."""
    auth_session_minutes: Annotated[int, Field(ge=3, le=15)] = 3
    """For a step of a sign-in; AUTH_SESSION_VALIDITY of the API is the same."""
    identity_providers: tuple[str, ...] = ("COGNITO",)
    """Names of providers (``identity_providers.py``) beside the pool itself."""
    oauth_scopes: Annotated[tuple[str, ...], Field(max_length=50)] = ("openid", "email", OWN_ACCOUNT)
    """``identifier/scope`` for those of a resource server. The last is what sign-out asks of a token."""
    read_attributes: tuple[str, ...] = ("email", "email_verified", *PROFILE)
    write_attributes: tuple[str, ...] = ("email", *PROFILE)
    """Left unset, a stolen access token could write every attribute."""

    def _problems(self) -> Iterator[str]:
        for name in self.write_attributes:
            if name in (*VERIFIED, "sub"):
                yield f"write_attributes holds {name!r}, which only Cognito writes; leave it out"
        for name in (*self.read_attributes, *self.write_attributes):
            if not name.startswith("custom:") and name not in (*STANDARD, *VERIFIED, "sub", "updated_at"):
                yield f"{name!r} is no attribute; take a standard one ({', '.join(STANDARD)}) or custom:name"
        if {"email", "phone", "profile"} & {*self.oauth_scopes} and "openid" not in self.oauth_scopes:
            yield f"oauth_scopes = {', '.join(self.oauth_scopes)}: email, phone and profile need openid; add it"
        for scope in self.oauth_scopes:
            if scope not in STANDARD_SCOPES and "/" not in scope:
                yield f"oauth_scopes holds {scope!r}; take {', '.join(STANDARD_SCOPES)} or identifier/scope"

    @property
    def title(self) -> str:
        """What messages call it."""
        return "client"

    @property
    def grace_seconds(self) -> int | None:
        """How long a refresh token counts beside its successor; ``None`` where they do not rotate."""
        raise NotImplementedError


class ApiClient(ClientProps):
    """The API's confidential client. Name, URLs and token validities are Terraform variables."""

    kind = "api"

    rotation_grace_seconds: Annotated[int, Field(ge=0, le=60)] | None = 30
    """As in ``ClientTokenValidity``."""

    @property
    def grace_seconds(self) -> int | None:
        """As above."""
        return self.rotation_grace_seconds


class OtherClient(ClientProps):
    """A client beside the API's; ``id`` names it in Terraform and in the outputs, and must not change."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Name
    token_validity: ClientTokenValidity = ClientTokenValidity()

    @property
    def title(self) -> str:
        """As above."""
        return f"client {self.id}"

    @property
    def grace_seconds(self) -> int | None:
        """As above."""
        return self.token_validity.rotation_grace_seconds


class PublicClient(OtherClient):
    """A client without a secret, for a single-page or mobile application: authorization code with PKCE, or SRP."""

    kind = "public"

    callback_urls: Annotated[Urls, Field(min_length=1)]
    logout_urls: Urls = ()
    default_redirect_uri: Url | None = None

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.default_redirect_uri and self.default_redirect_uri not in self.callback_urls:
            yield f"default_redirect_uri = {self.default_redirect_uri} is none of callback_urls; add it there"


class MachineClient(OtherClient):
    """A client that speaks for itself (RFC 6749, section 4.4), with scopes of resource servers alone."""

    kind = "machine"

    oauth_scopes: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)] = ()
    identity_providers: tuple[str, ...] = ()
    read_attributes: tuple[str, ...] = ()
    write_attributes: tuple[str, ...] = ()

    def _problems(self) -> Iterator[str]:
        if not self.oauth_scopes:
            yield "oauth_scopes is empty; a machine needs the scopes of a resource server: identifier/scope"
        for scope in self.oauth_scopes:
            if "/" not in scope:
                yield f"oauth_scopes holds {scope!r}; a machine has scopes of resource servers only: identifier/scope"
        if self.identity_providers or self.read_attributes or self.write_attributes:
            yield "identity_providers, read_attributes and write_attributes are about people; leave them out"
