"""Stacks synthesized in this process, so that the bindings are imported once."""

import json
from typing import Any

from cdktf import Testing

from stacks.auth.clients.props import ApiClient, ConfidentialClient, MachineClient, PublicClient
from stacks.auth.clients.token_validity import ClientTokenValidity
from stacks.auth.domain import CustomDomain, PrefixDomain
from stacks.auth.groups import Group
from stacks.auth.identity_providers import Facebook, Google, LoginWithAmazon, OpenIdConnect, Saml, SignInWithApple
from stacks.auth.monitoring import LogDelivery
from stacks.auth.props import Adoption, AuthStackProps
from stacks.auth.resource_servers import ResourceServer, Scope
from stacks.auth.secret_store import SecretStore
from stacks.auth.stack import AuthStack
from stacks.auth.tiers import Tier
from stacks.auth.user_pool.attributes import Attributes, CustomAttribute
from stacks.auth.user_pool.messages import MessageTemplates, SesEmail, Sms, VerificationLink
from stacks.auth.user_pool.mfa import EmailMfa, Mfa, MfaMode
from stacks.auth.user_pool.passwords import PasswordPolicy
from stacks.auth.user_pool.props import Devices, UserPoolProps
from stacks.auth.user_pool.sign_in import FirstFactor, Passkeys, SignIn
from stacks.auth.user_pool.threat_protection import RiskAction, RiskNotice, RiskNotices, ThreatMode, ThreatProtection
from stacks.auth.user_pool.triggers import LambdaTriggers, PreTokenGeneration
from stacks.hosting.props import HostingProps
from stacks.hosting.stack import HostingStack
from stacks.removal_policy import RemovalPolicy
from stacks.state import S3Place, StateBucket

_SES = "arn:aws:ses:us-east-1:111122223333:identity/example.com"
_ROLE = "arn:aws:iam::111122223333:role/cognito-sms"
_LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:"
_KEY = "arn:aws:kms:us-east-1:111122223333:key/0f0f0f0f-0000-4000-8000-000000000000"
_LOG_GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/sign-in"
NOTICE = RiskNotice(subject="Your account", text="Somebody tried to sign in.")

# Every setting of a pool, its clients and the resources around them, in one deployment.
EVERYTHING = AuthStackProps(
    user_pool=UserPoolProps(
        tier=Tier.PLUS,
        sign_in=SignIn(
            username_attributes=("email", "phone_number"),
            first_factors=(FirstFactor.PASSWORD, FirstFactor.EMAIL_OTP, FirstFactor.SMS_OTP, FirstFactor.WEB_AUTHN),
        ),
        passkeys=Passkeys(relying_party_id="auth.example.com"),
        password_policy=PasswordPolicy(history_size=5, temporary_password_validity_days=3),
        mfa=Mfa(mode=MfaMode.OPTIONAL, email=EmailMfa(), sms=True),
        recovery=("verified_email", "verified_phone_number"),
        attributes=Attributes(
            custom=(
                CustomAttribute(name="plan", maximum=20),
                CustomAttribute(name="seats", type="Number", minimum=1, maximum=500),
                CustomAttribute(name="since", type="DateTime", mutable=False),
                CustomAttribute(name="beta", type="Boolean"),
            ),
        ),
        email=SesEmail(
            source_arn=_SES,
            from_address="Sign-in <no-reply@example.com>",
            reply_to="help@example.com",
            configuration_set="sign-in",
        ),
        sms=Sms(caller_role_arn=_ROLE, external_id="sign-in-pool", region="us-east-1"),
        messages=MessageTemplates(
            verification_message="Your code: {####}",
            verification_sms="Code {####}",
            authentication_sms="Code {####}",
        ),
        triggers=LambdaTriggers(
            define_auth_challenge=f"{_LAMBDA}define",
            create_auth_challenge=f"{_LAMBDA}create",
            verify_auth_challenge_response=f"{_LAMBDA}verify",
            pre_sign_up=f"{_LAMBDA}pre-sign-up",
            pre_token_generation=PreTokenGeneration(function_arn=f"{_LAMBDA}tokens", version="V3_0"),
            custom_email_sender=f"{_LAMBDA}mail",
            kms_key_arn=_KEY,
        ),
        threat_protection=ThreatProtection(
            mode=ThreatMode.ENFORCED,
            custom_auth_mode="ENFORCED",
            low_risk=RiskAction.NO_ACTION,
            notices=RiskNotices(
                source_arn=_SES,
                from_address="no-reply@example.com",
                blocked=NOTICE,
                second_factor=NOTICE,
                no_action=NOTICE,
            ),
            always_blocked=("203.0.113.0/24",),
            always_allowed=("198.51.100.7/32",),
        ),
    ),
    client=ApiClient(
        extra_auth_flows=("ALLOW_CUSTOM_AUTH",),
        auth_session_minutes=5,
        identity_providers=("COGNITO", "Google"),
        oauth_scopes=("openid", "email", "aws.cognito.signin.user.admin", "orders/read"),
        read_attributes=("email", "email_verified", "name", "custom:plan"),
        write_attributes=("email", "name"),
    ),
    public_clients=(
        PublicClient(
            id="web",
            name="web",
            callback_urls=("https://app.example.com/back",),
            logout_urls=("https://app.example.com/",),
            default_redirect_uri="https://app.example.com/back",
            token_validity=ClientTokenValidity(access_minutes=15, refresh_days=1),
        ),
    ),
    confidential_clients=(
        ConfidentialClient(
            id="shop",
            name="shop",
            callback_urls=("https://shop.example.com/back",),
            token_validity=ClientTokenValidity(refresh_hours=12),
        ),
    ),
    machine_clients=(MachineClient(id="billing", name="billing", oauth_scopes=("orders/read",)),),
    domain=CustomDomain(
        domain="auth.example.com",
        certificate_arn="arn:aws:acm:us-east-1:111122223333:certificate/0f0f0f0f-0000-4000-8000-000000000000",
    ),
    identity_providers=(
        Google(client_id="google-client"),
        Facebook(client_id="facebook-client"),
        LoginWithAmazon(client_id="amazon-client"),
        SignInWithApple(client_id="com.example.web", team_id="ABCDE12345", key_id="ABCDE12345"),
        OpenIdConnect(name="Work", client_id="oidc-client", issuer="https://login.example.com"),
        Saml(name="Partner", metadata_url="https://idp.example.com/metadata"),
    ),
    resource_servers=(
        ResourceServer(identifier="orders", name="Orders", scopes=(Scope(name="read", description="Read orders"),)),
    ),
    groups=(Group(name="administrators", description="They help", precedence=1),),
    logs=(
        LogDelivery(event_source="userNotification", destination_arn=_LOG_GROUP),
        LogDelivery(
            event_source="userAuthEvents",
            destination_arn="arn:aws:firehose:us-east-1:111122223333:deliverystream/sign-in",
        ),
    ),
    web_acl_arn="arn:aws:wafv2:us-east-1:111122223333:regional/webacl/sign-in/0f0f0f0f",
    client_secret_store=SecretStore(name="sign-in/client-secret", kms_key_arn=_KEY),
    state_table="sign-in-state",
)
SCENARIOS: dict[str, AuthStackProps] = {
    "auth": AuthStackProps(),
    "auth_destroyable": AuthStackProps(removal_policy=RemovalPolicy.DESTROY),
    "auth_closed": AuthStackProps(admitted_networks=("203.0.113.7", "198.51.100.0/24", "2001:db8::/56")),
    "auth_with_state_table": AuthStackProps(state_table="sign-in-state"),
    "auth_with_everything": EVERYTHING,
    "auth_lite": AuthStackProps(
        user_pool=UserPoolProps(tier=Tier.LITE, mfa=Mfa(mode=MfaMode.OFF)),
        client=ApiClient(rotation_grace_seconds=None),
        domain=PrefixDomain(prefix="sign-in-example", managed_login=False),
        client_secret_store=SecretStore(service="ssm", name="/sign-in/client-secret"),
    ),
    "auth_with_links": AuthStackProps(
        adopt=Adoption(user_pool_id="us-east-1_AbCdEfGhI"),
        user_pool=UserPoolProps(messages=MessageTemplates(verification_link=VerificationLink())),
        domain=PrefixDomain(prefix="sign-in-example"),
    ),
    "auth_adopted": AuthStackProps.model_validate(
        {"adopt": {"user_pool_id": "us-east-1_AbCdEfGhI", "client_id": "1example23456789"}}
    ),
    # As `python -m stacks.adopt` finds old pools: with what the stack does not offer to new ones.
    "auth_adopted_old": AuthStackProps(
        adopt=Adoption(user_pool_id="us-east-1_AbCdEfGhI"),
        user_pool=UserPoolProps(
            sign_in=SignIn(username_attributes=(), alias_attributes=("email",), case_sensitive=True),
            attributes=Attributes(required=("name",)),
            devices=Devices(),
            triggers=LambdaTriggers(pre_sign_up=f"{_LAMBDA}pre-sign-up", permit=False),
            unmanaged=("username_configuration",),
        ),
        client=ApiClient(refresh_hours=36, unmanaged=("token_validity_units",), identity_providers=("Old",)),
        existing_identity_providers=("Old",),
        existing_domain="https://old.auth.us-east-1.amazoncognito.com",
    ),
    "auth_prod": AuthStackProps(
        is_development=False,
        allowed_account_ids=("111122223333",),
        assume_role_arn="arn:aws:iam::111122223333:role/deployer",
        variables={"self_sign_up": False, "user_pool_name": "shop", "tags": {"product": "shop"}},
    ),
}


def synthesize(props: AuthStackProps | None = None) -> dict[str, Any]:
    """Return the Terraform JSON of the stack, without absolute paths."""
    return json.loads(Testing.synth(AuthStack(Testing.app(), "auth", props)))


def synthesize_state_bucket() -> dict[str, Any]:
    """Return the Terraform JSON of the stack that stores the state of the others."""
    return json.loads(
        Testing.synth(StateBucket(Testing.app(), "state-bucket", S3Place(bucket="my-state", region="us-east-1")))
    )


def synthesize_hosting(props: HostingProps) -> dict[str, Any]:
    """Return the Terraform JSON of the hosting stack."""
    return json.loads(Testing.synth(HostingStack(Testing.app(), "hosting", props)))
