"""The Terraform stack: provider, variables, constructs and outputs."""

from cdktf import Fn, Op, TerraformResource, TerraformStack
from constructs import Construct

from stacks import aws
from stacks.auth.admitted import AdmittedAddresses
from stacks.auth.clients.construct import UserPoolClient
from stacks.auth.clients.props import BrowserClient, OtherClient
from stacks.auth.clients.token_validity import token_validity
from stacks.auth.domain import UserPoolDomain
from stacks.auth.groups import Groups
from stacks.auth.identity_providers import IdentityProviders
from stacks.auth.monitoring import LogDeliveries, WebAcl
from stacks.auth.outputs import declare_outputs
from stacks.auth.props import AuthStackProps
from stacks.auth.resource_servers import ResourceServers
from stacks.auth.secret_store import StoredSecret
from stacks.auth.user_pool.construct import UserPool
from stacks.auth.variables import Variables, declare_provider_secrets
from stacks.provider import declare_provider
from stacks.removal_policy import RemovalPolicy
from stacks.state_table import StateTable


class AuthStack(TerraformStack):
    """The API's AWS resources: one user pool and one confidential client, plus what the props add."""

    def __init__(self, scope: Construct, id_: str, props: AuthStackProps | None = None) -> None:
        """Build the stack; ``id_`` names its state and its entry in the outputs file."""
        super().__init__(scope, id_)
        self.props = props or AuthStackProps()
        self.variables = Variables(self, self.props.variables, is_development=self.props.is_development)
        declare_provider(
            self,
            self.variables,
            allowed_account_ids=self.props.allowed_account_ids,
            assume_role_arn=self.props.assume_role_arn,
        )
        self.user_pool = self._user_pool()
        # Clients refer to identity providers and scopes, which must exist first.
        needed = [*self._identity_providers(), *self._resource_servers()]
        self.client = self._api_client()
        self.other_clients = {client.id: self._other_client(client) for client in self.props.other_clients}
        for client in (self.client, *self.other_clients.values()) if needed else ():
            client.resource.node.add_dependency(*needed)
        domain = self._domain()
        self._around_the_pool()
        declare_outputs(
            self,
            self.variables,
            self.user_pool,
            self.client,
            self.other_clients,
            domain,
            self._secret(),
            self.props.client.refresh_hours,
            self.props.existing_domain,
        )

    def _user_pool(self) -> UserPool:
        adopt = self.props.adopt
        user_pool = UserPool(
            self,
            "user_pool",
            name=self.variables.user_pool_name.string_value,
            props=self.props.user_pool,
            password_minimum_length=self.variables.password_minimum_length.number_value,
            admin_create_user_only=Op.not_(self.variables.self_sign_up.value),
            removal_policy=self.props.removal_policy,
            adopted=self.props.adopted or adopt is not None,
        )
        if user_pool.risk_configuration:
            _pin(user_pool.risk_configuration.resource, "risk_configuration")
        if adopt:
            user_pool.resource.import_from(adopt.user_pool_id)
        return user_pool

    def _api_client(self) -> UserPoolClient:
        variables, adopt = self.variables, self.props.adopt
        client = UserPoolClient(
            self,
            "user_pool_client",
            name=variables.user_pool_client_name.string_value,
            user_pool_id=self.user_pool.resource.id,
            props=self.props.client,
            passwordless=self.props.user_pool.sign_in.passwordless,
            callback_urls=variables.callback_urls.list_value,
            logout_urls=variables.logout_urls.list_value,
            propagate_user_context=variables.propagate_user_context.boolean_value,
            token_validity=token_validity(
                access_minutes=variables.access_token_validity.number_value,
                id_minutes=variables.id_token_validity.number_value,
                refresh_days=variables.refresh_token_validity.number_value,
                refresh_hours=self.props.client.refresh_hours,
            ),
            retain=self.props.removal_policy is RemovalPolicy.RETAIN,
            adopted=self.props.adopted or adopt is not None,
        )
        if adopt and adopt.client_id:
            client.resource.import_from(f"{adopt.user_pool_id}/{adopt.client_id}")
        return client

    def _other_client(self, props: OtherClient) -> UserPoolClient:
        urls = (props.callback_urls, props.logout_urls) if isinstance(props, BrowserClient) else ((), ())
        client = UserPoolClient(
            self,
            f"user_pool_client_{props.id}",
            name=props.name,
            user_pool_id=self.user_pool.resource.id,
            props=props,
            passwordless=self.props.user_pool.sign_in.passwordless,
            callback_urls=urls[0],
            logout_urls=urls[1],
            token_validity=props.token_validity.values,
        )
        _pin(client.resource, f"user_pool_client_{props.id}")
        return client

    def _identity_providers(self) -> list[aws.CognitoIdentityProvider]:
        providers = self.props.identity_providers
        if not providers:
            return []
        names = [provider.provider_name for provider in providers if provider.secret_key]
        declare_provider_secrets(self, names)
        added = IdentityProviders(
            self,
            "identity_providers",
            user_pool_id=self.user_pool.resource.id,
            providers=providers,
            secrets={name: f'${{var.identity_provider_secrets["{name}"]}}' for name in names},
        )
        for name, resource in added.resources.items():
            _pin(resource, f"identity_provider_{name.lower()}")
        return list(added.resources.values())

    def _resource_servers(self) -> list[aws.CognitoResourceServer]:
        servers = self.props.resource_servers
        pool_id = self.user_pool.resource.id
        return ResourceServers(self, "resource_servers", user_pool_id=pool_id, servers=servers).resources

    def _domain(self) -> UserPoolDomain | None:
        if self.props.domain is None:
            return None
        of_browsers = (*self.props.public_clients, *self.props.confidential_clients)
        with_pages = {client.id: self.other_clients[client.id].resource.id for client in of_browsers}
        domain = UserPoolDomain(
            self,
            "user_pool_domain",
            user_pool_id=self.user_pool.resource.id,
            region=self.variables.aws_region.string_value,
            props=self.props.domain,
            clients={"api": self.client.resource.id, **with_pages},
        )
        for name, style in domain.styles.items():
            _pin(style, f"managed_login_{name}")
        return domain

    def _around_the_pool(self) -> None:
        props, pool = self.props, self.user_pool.resource
        Groups(self, "groups", user_pool_id=pool.id, groups=props.groups)
        if props.logs:
            LogDeliveries(self, "log_delivery", user_pool_id=pool.id, logs=props.logs)
        if web_acl_arn := props.web_acl_arn or self._closing_acl():
            WebAcl(self, "web_acl", user_pool_arn=pool.arn, web_acl_arn=web_acl_arn)
        if props.state_table:
            # The id is of the time when the table held revocations only: another one would replace the table.
            StateTable(
                self,
                "revocation_table",
                name=props.state_table,
                is_protected=props.removal_policy is RemovalPolicy.RETAIN,
            )

    def _closing_acl(self) -> str | None:
        networks = self.props.admitted_networks
        if not networks:
            return None
        # The id of the pool: names of web ACLs are unique per account and region, and have no spaces.
        pool_id = self.user_pool.resource.id
        return AdmittedAddresses(self, "admitted", name=pool_id, networks=networks).resource.arn

    def _secret(self) -> StoredSecret | None:
        store = self.props.client_secret_store
        if store is None:
            return None
        retain = self.props.removal_policy is RemovalPolicy.RETAIN
        # Cognito shows the first secret only, so none after a rotation (docs/adr/0015-client-secret-by-reference.md).
        value = Fn.coalesce([self.client.resource.client_secret, "rotated"])
        secret = StoredSecret(self, "client_secret", props=store, value=value, retain=retain)
        if secret.version:
            _pin(secret.version, "client_secret")
        return secret


def _pin(resource: TerraformResource, name: str) -> None:
    """Fix the Terraform name of ``resource``, before anything refers to it.

    Constructs leave names to cdktf, so that a stack can use them twice; the resource ``Default`` has its construct's.
    """
    resource.override_logical_id(name)
