"""Stacks that the tests apply: everything that provider 3.39.0 and the local Cognito both support."""

from stacks.auth.clients.props import ApiClient, MachineClient, PublicClient
from stacks.auth.domain import PrefixDomain
from stacks.auth.groups import Group
from stacks.auth.identity_providers import Google, OpenIdConnect
from stacks.auth.props import AuthStackProps
from stacks.auth.resource_servers import ResourceServer, Scope
from stacks.auth.secret_store import SecretStore
from stacks.auth.tiers import Tier
from stacks.auth.user_pool.attributes import Attributes, CustomAttribute
from stacks.auth.user_pool.messages import MessageTemplates, SesEmail
from stacks.auth.user_pool.passwords import PasswordPolicy
from stacks.auth.user_pool.props import UserPoolProps
from stacks.auth.user_pool.threat_protection import ThreatMode, ThreatProtection
from stacks.auth.user_pool.triggers import LambdaTriggers
from stacks.removal_policy import RemovalPolicy

# Provider 3.39.0 dates from 2021. These parts of the default stack are in the snapshots, but no apply tests them.
DROPPED = [
    "aws_cognito_user_pool.deletion_protection",
    "aws_cognito_user_pool.sign_in_policy",
    "aws_cognito_user_pool.user_attribute_update_settings",
    "aws_cognito_user_pool.user_pool_tier",
    "aws_cognito_user_pool_client.auth_session_validity",
    "aws_cognito_user_pool_client.enable_propagate_additional_user_context_data",
    "aws_cognito_user_pool_client.enable_token_revocation",
    "aws_cognito_user_pool_client.refresh_token_rotation",
]
# The test creates this function first.
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:challenge"
LARGE_STACK = AuthStackProps(
    user_pool=UserPoolProps(
        tier=Tier.PLUS,
        threat_protection=ThreatProtection(mode=ThreatMode.AUDIT),
        email=SesEmail(
            source_arn="arn:aws:ses:us-east-1:000000000000:identity/example.com", from_address="no-reply@example.com"
        ),
        messages=MessageTemplates(verification_message="Your code: {####}", verification_subject="Your code"),
        triggers=LambdaTriggers(
            define_auth_challenge=FUNCTION, create_auth_challenge=FUNCTION, verify_auth_challenge_response=FUNCTION
        ),
        password_policy=PasswordPolicy(history_size=3),
        attributes=Attributes(
            custom=(CustomAttribute(name="plan", maximum=20), CustomAttribute(name="seats", type="Number", maximum=500))
        ),
    ),
    client=ApiClient(
        identity_providers=("COGNITO", "Google"),
        oauth_scopes=("openid", "email", "aws.cognito.signin.user.admin", "orders/read"),
    ),
    public_clients=(PublicClient(id="web", name="web", callback_urls=("https://app.example.com/back",)),),
    machine_clients=(MachineClient(id="billing", name="billing", oauth_scopes=("orders/read",)),),
    domain=PrefixDomain(prefix="sign-in-e2e"),
    identity_providers=(
        Google(client_id="google-client"),
        OpenIdConnect(name="Work", client_id="oidc-client", issuer="https://login.example.com"),
    ),
    resource_servers=(
        ResourceServer(identifier="orders", name="Orders", scopes=(Scope(name="read", description="Read orders"),)),
    ),
    groups=(Group(name="administrators", description="They help", precedence=1),),
    client_secret_store=SecretStore(name="sign-in/client-secret"),
    state_table="sign-in-state",
    removal_policy=RemovalPolicy.DESTROY,
)
SCENARIOS = {
    "with_much": LARGE_STACK,
    "changed": LARGE_STACK.model_copy(
        update={
            "groups": (*LARGE_STACK.groups, Group(name="support")),
            "user_pool": LARGE_STACK.user_pool.model_copy(
                update={"password_policy": PasswordPolicy(temporary_password_validity_days=3)}
            ),
        }
    ),
    "without_group": LARGE_STACK.model_copy(update={"groups": ()}),
}
