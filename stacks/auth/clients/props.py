"""Arguments of user pool clients: the API's client, public clients (web and mobile apps) and machine clients."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from stacks.auth.clients.token_validity import ClientTokenValidity, GraceSeconds, RefreshHours
from stacks.auth.user_pool.attributes import STANDARD, VERIFIED
from stacks.props import Name, Props, Url, matching

# Attributes that users may edit; none of them grants access. The API's default for PROFILE_ATTRIBUTES is the same.
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
    """Arguments that every client has."""

    kind: ClassVar[Literal["api", "public", "confidential", "machine"]]

    extra_auth_flows: tuple[AuthFlow, ...] = ()
    """Authentication flows in addition to those that the kind of client needs."""
    auth_session_minutes: Annotated[int, Field(ge=3, le=15)] = 3
    """Time for one step of a sign-in; the API's AUTH_SESSION_VALIDITY must be the same."""
    identity_providers: tuple[str, ...] = ("COGNITO",)
    """Names of identity providers (``identity_providers.py``); ``COGNITO`` is the pool itself."""
    oauth_scopes: Annotated[tuple[str, ...], Field(max_length=50)] = ("openid", "email", OWN_ACCOUNT)
    """``identifier/scope`` for resource server scopes. Sign-out needs ``aws.cognito.signin.user.admin``."""
    read_attributes: tuple[str, ...] = ("email", "email_verified", *PROFILE)
    write_attributes: tuple[str, ...] = ("email", *PROFILE)
    """If this were unset, a stolen access token could write every attribute."""

    def _problems(self) -> Iterator[str]:
        for name in self.write_attributes:
            if name in (*VERIFIED, "sub"):
                yield f"write_attributes contains {name!r}, which a client cannot write; remove it"
        for name in (*self.read_attributes, *self.write_attributes):
            if not name.startswith("custom:") and name not in (*STANDARD, *VERIFIED, "sub", "updated_at"):
                yield f"{name!r} is not an attribute; use a standard one ({', '.join(STANDARD)}) or custom:name"
        if {"email", "phone", "profile"} & {*self.oauth_scopes} and "openid" not in self.oauth_scopes:
            yield f"oauth_scopes = {', '.join(self.oauth_scopes)}: email, phone and profile need openid; add it"
        for scope in self.oauth_scopes:
            if scope not in STANDARD_SCOPES and "/" not in scope:
                yield f"oauth_scopes contains {scope!r}; use {', '.join(STANDARD_SCOPES)} or identifier/scope"

    @property
    def title(self) -> str:
        """Name of the client in messages."""
        return "client"

    @property
    def grace_seconds(self) -> int | None:
        """Seconds for which a rotated refresh token stays valid; ``None`` if refresh tokens do not rotate."""
        raise NotImplementedError


class ApiClient(ClientProps):
    """The API's confidential client. Name, URLs and token validities are Terraform variables."""

    kind = "api"

    rotation_grace_seconds: GraceSeconds = 30
    """See ``ClientTokenValidity``."""
    refresh_hours: RefreshHours | None = None
    """Life of a refresh token, in place of the variable ``refresh_token_validity_days``."""
    unmanaged: tuple[str, ...] = ()
    """Arguments of ``aws_cognito_user_pool_client`` that stay as they are, for an adopted client."""

    @property
    def grace_seconds(self) -> int | None:
        """See ``ClientProps``."""
        return self.rotation_grace_seconds


class OtherClient(ClientProps):
    """A client in addition to the API's; Terraform and the outputs contain ``id``, which must not change."""

    id: Annotated[str, matching(r"[a-z][a-z0-9_]{0,39}", "1 to 40 characters out of a-z, 0-9 and _, a letter first")]
    name: Name
    token_validity: ClientTokenValidity = ClientTokenValidity()

    @property
    def title(self) -> str:
        """See ``ClientProps``."""
        return f"client {self.id}"

    @property
    def grace_seconds(self) -> int | None:
        """See ``ClientProps``."""
        return self.token_validity.rotation_grace_seconds


class BrowserClient(OtherClient):
    """A client whose users sign in at the hosted pages (authorization code)."""

    callback_urls: Annotated[Urls, Field(min_length=1)]
    logout_urls: Urls = ()
    default_redirect_uri: Url | None = None

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.default_redirect_uri and self.default_redirect_uri not in self.callback_urls:
            yield f"default_redirect_uri = {self.default_redirect_uri} is not in callback_urls; add it"


class PublicClient(BrowserClient):
    """A client without a secret, for a single-page or mobile application: authorization code with PKCE, or SRP."""

    kind = "public"


class ConfidentialClient(BrowserClient):
    """A client with a secret, for an application on a server. For a second API, add the flow that it needs."""

    kind = "confidential"


class MachineClient(OtherClient):
    """A client with the client credentials grant (RFC 6749, section 4.4) and only resource server scopes."""

    kind = "machine"

    oauth_scopes: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)] = ()
    identity_providers: tuple[str, ...] = ()
    read_attributes: tuple[str, ...] = ()
    write_attributes: tuple[str, ...] = ()

    def _problems(self) -> Iterator[str]:
        if not self.oauth_scopes:
            yield "oauth_scopes is empty; a machine client needs resource server scopes: identifier/scope"
        for scope in self.oauth_scopes:
            if "/" not in scope:
                yield f"oauth_scopes contains {scope!r}; a machine client can only have identifier/scope"
        if self.identity_providers or self.read_attributes or self.write_attributes:
            yield "identity_providers, read_attributes and write_attributes need a user; remove them"
