"""Arguments of the whole stack, and validation across its parts."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from stacks.auth.beyond_the_api import beyond_the_api
from stacks.auth.clients.props import (
    STANDARD_SCOPES,
    ApiClient,
    ClientProps,
    ConfidentialClient,
    MachineClient,
    OtherClient,
    PublicClient,
)
from stacks.auth.domain import Domain
from stacks.auth.groups import Group
from stacks.auth.identity_providers import AnyProvider
from stacks.auth.monitoring import LogDelivery
from stacks.auth.resource_servers import ResourceServer
from stacks.auth.secret_store import SecretStore
from stacks.auth.tiers import Tier, beyond
from stacks.auth.user_pool.props import UserPoolProps
from stacks.props import AccountId, Network, Props, RoleArn, TableName, UserPoolId, WebAclArn, matching, twice
from stacks.removal_policy import RemovalPolicy


class Adoption(Props):
    """An existing pool, and optionally its client, that the stack imports (``terraform import``)."""

    user_pool_id: UserPoolId
    client_id: Annotated[str, matching(r"[\w+]{1,128}", "the id of a client, such as 1example23456789")] | None = None
    """Without it, a new client is created for the API."""


class AuthStackProps(Props):
    """Synthesis-time arguments of a deployment; ``environments/NAME.toml`` contains them for each environment."""

    variables: dict[str, Any] = Field(default_factory=dict)
    """Values of the Terraform variables (``variables.py``), in place of their defaults."""
    is_development: bool = True
    """False: no URL on localhost, and no default for the URLs and for self sign-up."""
    user_pool: UserPoolProps = UserPoolProps()
    client: ApiClient = ApiClient()
    public_clients: tuple[PublicClient, ...] = ()
    confidential_clients: tuple[ConfidentialClient, ...] = ()
    machine_clients: tuple[MachineClient, ...] = ()
    domain: Domain | None = None
    identity_providers: Annotated[tuple[AnyProvider, ...], Field(max_length=300)] = ()
    existing_identity_providers: tuple[str, ...] = ()
    """Names of identity providers that the pool has and this stack leaves alone; clients may use them."""
    existing_scopes: tuple[str, ...] = ()
    """Scopes, ``identifier/name``, of resource servers that the pool has and this stack leaves alone."""
    existing_domain: str | None = None
    """``https://...`` of a domain that the pool has and this stack leaves alone; the API uses it."""
    resource_servers: Annotated[tuple[ResourceServer, ...], Field(max_length=25)] = ()
    groups: Annotated[tuple[Group, ...], Field(max_length=10_000)] = ()
    logs: Annotated[tuple[LogDelivery, ...], Field(max_length=2)] = ()
    web_acl_arn: WebAclArn | None = None
    admitted_networks: tuple[Network, ...] = ()
    """Addresses of the API (``203.0.113.7/32``): a web ACL closes the pool's public operations to all others."""
    client_secret_store: SecretStore | None = None
    state_table: TableName | None = None
    """Name of a DynamoDB table through which the API's hosts share their state (``STATE_STORE=dynamodb://NAME``)."""
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN
    allowed_account_ids: tuple[AccountId, ...] = ()
    """Accounts that a deploy may change; after the first deployment, the account of ``locks/`` unless set."""
    assume_role_arn: RoleArn | None = None
    """Role that Terraform assumes, for a deploy into another account."""
    adopt: Adoption | None = None
    adopted: bool = False
    """Whether the pool was ever adopted (``locks/``): its schema and ``generate_secret`` then stay ignored."""

    def _problems(self) -> Iterator[str]:
        yield from beyond(self.user_pool.tier, self._features())
        yield from self._duplicates()
        yield from self._client_problems()
        yield from self._domain_problems()
        yield from self._web_acl_problems()
        if not (self.adopt or self.adopted):
            # A pool that has it already may be adopted.
            yield from beyond_the_api(self.user_pool, self.client)

    @property
    def clients(self) -> tuple[ClientProps, ...]:
        """All clients, the API's first."""
        return (self.client, *self.other_clients)

    @property
    def other_clients(self) -> tuple[OtherClient, ...]:
        """All clients but the API's."""
        return (*self.public_clients, *self.confidential_clients, *self.machine_clients)

    def _features(self) -> list[tuple[str, object, Tier]]:
        rotating = any(client.grace_seconds is not None for client in self.clients)
        flows = {flow for client in self.clients for flow in client.extra_auth_flows}
        events = any(log.event_source == "userAuthEvents" for log in self.logs)
        return [
            ("rotation_grace_seconds of a client", rotating, Tier.ESSENTIALS),
            ("extra_auth_flows ALLOW_USER_AUTH", "ALLOW_USER_AUTH" in flows, Tier.ESSENTIALS),
            ("domain.managed_login", self.domain is not None and self.domain.managed_login, Tier.ESSENTIALS),
            ("logs of userAuthEvents", events, Tier.PLUS),
        ]

    def _duplicates(self) -> Iterator[str]:
        names = {
            # "api" is the id of the API's client.
            "client id": ["api", *(client.id for client in self.other_clients)],
            # Their Terraform ids are lower-case; "COGNITO" is the pool itself.
            "identity provider": ["cognito", *(row.provider_name.lower() for row in self.identity_providers)],
            "resource server": [server.identifier for server in self.resource_servers],
            "group": [group.name for group in self.groups],
            "log of": [log.event_source for log in self.logs],
        }
        for what, found in names.items():
            yield from (f"{what} {name!r} is used more than once; each must be unique" for name in twice(found))

    def _client_problems(self) -> Iterator[str]:
        known = {
            "identity provider": {
                "COGNITO",
                *self.existing_identity_providers,
                *(provider.provider_name for provider in self.identity_providers),
            },
            "scope": {
                *STANDARD_SCOPES,
                *self.existing_scopes,
                *(scope for server in self.resource_servers for scope in server.scope_names),
            },
            "attribute": {f"custom:{attribute.name}" for attribute in self.user_pool.attributes.custom},
        }
        for client in self.clients:
            named = {*client.read_attributes, *client.write_attributes}
            used = {
                "identity provider": {*client.identity_providers},
                "scope": {*client.oauth_scopes},
                "attribute": {name for name in named if name.startswith("custom:")},
            }
            for what, names in used.items():
                allowed = ", ".join(sorted(known[what])) or "none"
                for name in sorted(names - known[what]):
                    yield f"{client.title}: {what} {name!r} is not declared; allowed: {allowed}; declare it first"
            if not (isinstance(client, ApiClient) and "write_attributes" in client.unmanaged):
                yield from self._unwritable(client)
            if "ALLOW_CUSTOM_AUTH" in client.extra_auth_flows and not self.user_pool.triggers.define_auth_challenge:
                yield f"{client.title}: ALLOW_CUSTOM_AUTH without triggers: set all three in user_pool.triggers"
            if client.grace_seconds is not None and "ALLOW_REFRESH_TOKEN_AUTH" in client.extra_auth_flows:
                yield (
                    f"{client.title}: ALLOW_REFRESH_TOKEN_AUTH with rotation on: Cognito allows one of the two; "
                    "remove the flow, or set rotation_grace_seconds to None"
                )

    def _unwritable(self, client: ClientProps) -> Iterator[str]:
        mapped = {
            attribute
            for provider in self.identity_providers
            if provider.provider_name in client.identity_providers
            for attribute in provider.attribute_mapping
        } - {"username", "email_verified", "phone_number_verified"}
        fixed = {f"custom:{row.name}" for row in self.user_pool.attributes.custom if not row.mutable}
        for attribute in sorted(mapped & fixed):
            yield f"{client.title}: {attribute!r} is mapped by a provider, and written at each sign-in; make it mutable"
        needed = set[str]() if client.kind == "machine" else {*self.user_pool.attributes.required} | mapped
        for attribute in sorted(needed - {*client.write_attributes}):
            yield f"{client.title}: {attribute!r} is required, or mapped by a provider; add it to write_attributes"

    def _web_acl_problems(self) -> Iterator[str]:
        if self.admitted_networks and self.web_acl_arn:
            yield "admitted_networks and web_acl_arn: a pool has one web ACL; remove one of them"
        if self.admitted_networks and (self.domain or self.existing_domain):
            yield (
                "admitted_networks with a domain: the web ACL would close the hosted pages to all browsers; remove one "
                "of them"
            )

    def _domain_problems(self) -> Iterator[str]:
        passkeys = self.user_pool.passkeys
        own = passkeys.relying_party_id if passkeys else None
        needs = {
            "public_clients": self.public_clients,
            "confidential_clients": self.confidential_clients,
            "machine_clients": self.machine_clients,
            "identity_providers": self.identity_providers,
            "user_pool.messages.verification_link": self.user_pool.messages.verification_link,
            "passkeys without relying_party_id": passkeys and own is None,
        }
        if self.domain is None and self.existing_domain is None:
            why = "needs a domain (hosted pages, token endpoint, relying party): set domain=PrefixDomain(...)"
            yield from (f"{name} {why}" for name, value in needs.items() if value)
