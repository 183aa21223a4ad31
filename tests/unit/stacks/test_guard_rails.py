"""Props that cannot be deployed fail the synthesis; each message has the value, the allowed values, and the fix."""

from typing import Any

import pytest
from pydantic import ValidationError

from stacks.auth.clients.props import ApiClient
from stacks.auth.domain import PrefixDomain
from stacks.auth.identity_providers import Google, OpenIdConnect
from stacks.auth.props import AuthStackProps
from stacks.auth.user_pool.attributes import Attributes, CustomAttribute
from stacks.auth.user_pool.props import UserPoolProps
from stacks.props import explain

_SES = {"source_arn": "arn:aws:ses:us-east-1:111122223333:identity/example.com", "from_address": "a@example.com"}
_SMS = {"caller_role_arn": "arn:aws:iam::111122223333:role/sms", "external_id": "pool"}
_PREFIX = {"prefix": "sign-in-example"}
_WEB: dict[str, Any] = {"id": "web", "name": "web", "callback_urls": ["https://app.example.com/"]}
_MACHINE: dict[str, Any] = {"id": "m", "name": "m", "oauth_scopes": ["orders/read"]}
_ORDERS = {"identifier": "orders", "name": "Orders", "scopes": [{"name": "read", "description": "Read"}]}
_LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:f"


def pool(**props: Any) -> dict[str, Any]:
    return {"user_pool": props}


# Props, and parts of the message that refuses them.
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    # Tiers.
    (pool(tier="GOLD"), ["user_pool.tier = 'GOLD'", "'LITE', 'ESSENTIALS' or 'PLUS'"]),
    (
        pool(tier="LITE", mfa={"mode": "OFF"}, password_policy={"history_size": 3}),
        ["password_policy.history_size = 3 needs tier ESSENTIALS or PLUS", "raise the tier"],
    ),
    (
        pool(tier="LITE", sign_in={"first_factors": ["PASSWORD", "EMAIL_OTP"]}, email=_SES),
        ["sign_in.first_factors = EMAIL_OTP needs tier ESSENTIALS or PLUS"],
    ),
    (
        pool(tier="LITE", sign_in={"first_factors": ["PASSWORD", "WEB_AUTHN"]}, passkeys={}),
        ["passkeys = on needs tier ESSENTIALS or PLUS"],
    ),
    (
        pool(tier="LITE", mfa={"email": {}}, email=_SES, recovery=["admin_only"]),
        ["mfa.email = on needs tier ESSENTIALS"],
    ),
    (
        pool(tier="LITE", triggers={"pre_token_generation": {"function_arn": _LAMBDA, "version": "V2_0"}}),
        ["triggers.pre_token_generation.version = V2_0 needs tier ESSENTIALS"],
    ),
    (
        pool(threat_protection={"mode": "AUDIT"}),
        ["threat_protection.mode = AUDIT needs tier PLUS, and tier is ESSENTIALS"],
    ),
    ({"user_pool": {"tier": "LITE"}}, ["rotation_grace_seconds of a client = on needs tier ESSENTIALS"]),
    (
        {"user_pool": {"tier": "LITE"}, "client": {"rotation_grace_seconds": None}, "domain": _PREFIX},
        ["domain.managed_login = on needs tier ESSENTIALS"],
    ),
    (
        {"logs": [{"event_source": "userAuthEvents", "destination_arn": "arn:aws:s3:::logs"}]},
        ["logs of userAuthEvents = on needs tier PLUS"],
    ),
    # Factors and recovery.
    (
        pool(mfa={"mode": "ON"}, sign_in={"first_factors": ["PASSWORD", "EMAIL_OTP"]}, email=_SES),
        ["mfa.mode = ON with sign_in.first_factors = PASSWORD, EMAIL_OTP", "set mfa.mode OPTIONAL"],
    ),
    (pool(mfa={"mode": "ON", "totp": False}), ["mode = ON and no second factor", "switch on totp, email or sms"]),
    (pool(mfa={"mode": "OFF", "sms": True}), ["mode = OFF with email or sms"]),
    (pool(mfa={"email": {}}, recovery=["admin_only"]), ["mfa.email needs mail through SES"]),
    (pool(mfa={"email": {}}, email=_SES), ["mfa.email with recovery = verified_email alone", "set admin_only"]),
    (pool(mfa={"sms": True}), ["mfa.sms needs SMS: set sms=Sms(...)"]),
    (pool(sms=_SMS), ["sms with mfa.mode = OPTIONAL", "mfa=Mfa(sms=True)"]),
    (
        pool(sms=_SMS, mfa={"sms": True}, recovery=["verified_phone_number"]),
        ["mfa.sms with recovery = verified_phone_number alone"],
    ),
    (pool(recovery=["admin_only", "verified_email"]), ["admin_only excludes the others"]),
    (pool(recovery=["verified_email", "verified_email"]), ["is listed more than once"]),
    (pool(sign_in={"first_factors": ["EMAIL_OTP"]}), ["first_factors = EMAIL_OTP", "requires PASSWORD"]),
    (pool(sign_in={"first_factors": ["PASSWORD", "EMAIL_OTP"]}), ["EMAIL_OTP needs mail through SES"]),
    (pool(sign_in={"first_factors": ["PASSWORD", "SMS_OTP"]}), ["SMS_OTP among sign_in.first_factors needs SMS"]),
    (
        pool(passkeys={"relying_party_id": "example.com"}),
        ["passkeys and WEB_AUTHN among sign_in.first_factors go together"],
    ),
    (
        pool(passkeys={}, sign_in={"first_factors": ["PASSWORD", "WEB_AUTHN"]}),
        ["passkeys without relying_party_id needs a domain"],
    ),
    (
        pool(sign_in={"username_attributes": ["phone_number"]}, sms=_SMS, mfa={"sms": True}),
        ["users do not sign in by email"],
    ),
    (
        pool(sign_in={"username_attributes": ["email"], "alias_attributes": ["email"]}),
        ["username_attributes = ('email',) and alias_attributes = ('email',)"],
    ),
    (pool(sign_in={"username_attributes": ["email", "phone_number"]}), ["phone_number for sign-in needs SMS"]),
    (
        pool(tier="PLUS", mfa={"mode": "OFF"}, threat_protection={"mode": "ENFORCED", "high_risk": "MFA_REQUIRED"}),
        ["threat_protection requires second factors, but mfa.mode is OFF"],
    ),
    (pool(tier="PLUS", threat_protection={"custom_auth_mode": "AUDIT"}), ["custom_auth_mode = AUDIT with mode OFF"]),
    (
        pool(
            tier="PLUS",
            threat_protection={"mode": "AUDIT", "always_blocked": ["10.0.0.0/8"], "always_allowed": ["10.0.0.0/8"]},
        ),
        ["10.0.0.0/8 is always blocked and always allowed"],
    ),
    (pool(tier="PLUS", threat_protection={"mode": "AUDIT", "always_blocked": ["10.0.0.300/8"]}), ["10.0.0.300/8"]),
    # What the API cannot live with (A8).
    (pool(sign_in={"username_attributes": [], "alias_attributes": ["email"]}), ["refuses an address as the user name"]),
    (pool(sign_in={"case_sensitive": True}), ["sends addresses in lower case"]),
    ({**pool(messages={"verification_link": {}}), "domain": _PREFIX}, ["confirms an account without its password"]),
    (pool(verify_attribute_updates=False), ["before PATCH /me has verified it"]),
    (pool(mfa={"mode": "ON", "totp": False, "sms": True}, sms=_SMS), ["text messages alone"]),
    ({"client": {"read_attributes": ["email"]}}, ["client.read_attributes lacks email_verified"]),
    ({"client": {"write_attributes": ["name"]}}, ["client.write_attributes lacks email"]),
    # Texts, names, counts.
    (pool(messages={"verification_message": "hello there"}), ["verification_message = 'hello there'", "####"]),
    (pool(messages={"invitation_message": "Code {####}"}), ["lacks {username}"]),
    (pool(password_policy={"history_size": 25}), ["history_size = 25", "less than or equal to 24"]),
    (pool(attributes={"custom": [{"name": "x" * 21}]}), ["attributes.custom.0.name", "it must be 1 to 20 letters"]),
    (pool(attributes={"custom": [{"name": f"a{n}"} for n in range(51)]}), ["51 custom attributes; Cognito allows 50"]),
    (pool(attributes={"custom": [{"name": "a"}, {"name": "a"}]}), ["custom attribute 'a' is defined more than once"]),
    (pool(attributes={"custom": [{"name": "a", "type": "Boolean", "maximum": 3}]}), ["a Boolean takes neither"]),
    (
        pool(attributes={"custom": [{"name": "a", "minimum": 5, "maximum": 3}]}),
        ["minimum = 5 is greater than maximum = 3"],
    ),
    (
        pool(attributes={"custom": [{"name": "a", "maximum": 4096}]}),
        ["maximum = 4096; a String can have at most 2048 characters"],
    ),
    (pool(attributes={"required": ["shoe_size"]}), ["required = 'shoe_size'; only a standard attribute"]),
    (pool(triggers={"define_auth_challenge": _LAMBDA}), ["a custom challenge needs three functions"]),
    (pool(triggers={"custom_sms_sender": _LAMBDA}), ["a custom sender needs kms_key_arn"]),
    (pool(triggers={"pre_sign_up": "arn:aws:s3:::x"}), ["triggers.pre_sign_up = 'arn:aws:s3:::x'", "lambda"]),
    (pool(unknown=1), ["user_pool.unknown = 1", "not permitted"]),
    (pool(email={**_SES, "from_address": "a@example.org"}), ["but the identity in source_arn is example.com"]),
    (pool(email={"source_arn": _SES["source_arn"]}), ["source_arn is the domain example.com: set from_address"]),
    (pool(email={**_SES, "from_address": "Shop, Inc. <a@example.com>"}), ["from_address", "in quotation marks"]),
    (pool(email={**_SES, "source_arn": "example.com"}), ["source_arn = 'example.com': it must be an ARN such as"]),
    # Clients.
    ({"public_clients": [{**_WEB, "callback_urls": ["javascript:alert(1)"]}]}, ["the scheme of an app"]),
    (
        {"confidential_clients": [{**_WEB, "token_validity": {"access_minutes": 90, "refresh_hours": 1}}]},
        ["access_minutes = 90 is longer than refresh_hours = 1"],
    ),
    ({"confidential_clients": [_WEB]}, ["confidential_clients needs a domain"]),
    ({"client": {"refresh_hours": 0}}, ["client.refresh_hours = 0", "greater than or equal to 1"]),
    ({"client": {"oauth_scopes": ["openid", "orders/read"]}}, ["client: scope 'orders/read' is not declared"]),
    ({"client": {"oauth_scopes": ["orders"]}}, ["oauth_scopes contains 'orders'"]),
    ({"client": {"oauth_scopes": ["email"]}}, ["need openid"]),
    ({"client": {"identity_providers": ["COGNITO", "Google"]}}, ["client: identity provider 'Google' is not declared"]),
    (
        {"client": {"read_attributes": ["custom:plan"]}},
        ["client: attribute 'custom:plan' is not declared; allowed: none"],
    ),
    ({"client": {"read_attributes": ["shoe_size"]}}, ["'shoe_size' is not an attribute"]),
    ({"client": {"write_attributes": ["email_verified"]}}, ["'email_verified', which a client cannot write"]),
    (
        {"client": {"write_attributes": ["email"]}, "user_pool": {"attributes": {"required": ["name"]}}},
        ["client: 'name' is required, or mapped by a provider; add it to write_attributes"],
    ),
    (
        {"client": {"extra_auth_flows": ["ALLOW_REFRESH_TOKEN_AUTH"]}},
        ["client: ALLOW_REFRESH_TOKEN_AUTH with rotation on"],
    ),
    ({"client": {"rotation_grace_seconds": 61}}, ["client.rotation_grace_seconds = 61", "60"]),
    ({"client": {"auth_session_minutes": 16}}, ["client.auth_session_minutes = 16", "15"]),
    ({"public_clients": [_WEB]}, ["public_clients needs a domain"]),
    (
        {"public_clients": [{**_WEB, "callback_urls": ["http://app.example.com/"]}]},
        ["callback_urls.0", "it must be https://"],
    ),
    ({"public_clients": [{**_WEB, "callback_urls": []}]}, ["public_clients.0.callback_urls", "at least 1"]),
    (
        {"public_clients": [{**_WEB, "default_redirect_uri": "https://app.example.com/x"}]},
        ["default_redirect_uri = https://app.example.com/x is not in callback_urls"],
    ),
    (
        {"public_clients": [{**_WEB, "token_validity": {"access_minutes": 4}}]},
        ["access_minutes = 4", "greater than or equal to 5"],
    ),
    ({"public_clients": [_WEB, _WEB], "domain": _PREFIX}, ["client id 'web' is used more than once"]),
    ({"machine_clients": [{**_MACHINE, "oauth_scopes": []}]}, ["machine_clients.0"]),
    (
        {"machine_clients": [{**_MACHINE, "oauth_scopes": ["openid"]}]},
        ["a machine client can only have identifier/scope"],
    ),
    ({"machine_clients": [{**_MACHINE, "write_attributes": ["email"]}]}, ["need a user"]),
    # Resources around the pool.
    ({"domain": {"prefix": "my-cognito"}}, ["prefix = 'my-cognito' contains 'cognito', which Cognito reserves"]),
    (
        {
            "domain": {
                "domain": "auth.example.com",
                "certificate_arn": "arn:aws:acm:eu-west-1:111122223333:certificate/x",
            }
        },
        ["the certificate must be in us-east-1"],
    ),
    (
        {"domain": {"domain": "example.com", "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}},
        ["Cognito requires a subdomain; use auth.example.com"],
    ),
    (
        {"resource_servers": [_ORDERS, _ORDERS]},
        ["resource server 'orders' is used more than once"],
    ),
    (
        {"resource_servers": [{**_ORDERS, "scopes": [{"name": "a/b", "description": "x"}]}]},
        ["resource_servers.0.scopes.0.name = 'a/b'"],
    ),
    ({"groups": [{"name": "two words"}]}, ["groups.0.name = 'two words'"]),
    ({"groups": [{"name": "a", "precedence": 0}]}, ["groups.0.precedence = 0"]),
    (
        {"logs": [{"event_source": "userNotification", "destination_arn": "arn:aws:s3:::logs"}]},
        ["userNotification goes to CloudWatch"],
    ),
    ({"web_acl_arn": "arn:aws:waf::111122223333:webacl/x"}, ["web_acl_arn = 'arn:aws:waf::111122223333:webacl/x'"]),
    ({"admitted_networks": ["0.0.0.0/0"]}, ["admitted_networks.0 = '0.0.0.0/0'", "such as 203.0.113.7"]),
    ({"admitted_networks": ["203.0.113.7/24"]}, ["admitted_networks.0 = '203.0.113.7/24'"]),
    ({"admitted_networks": ["203.0.113.7"], "domain": _PREFIX}, ["admitted_networks with a domain"]),
    (
        {
            "admitted_networks": ["203.0.113.7"],
            "web_acl_arn": "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/y",
        },
        ["admitted_networks and web_acl_arn"],
    ),
    ({"client_secret_store": {"service": "vault", "name": "x"}}, ["client_secret_store.service = 'vault'", "ssm"]),
    ({"client_secret_store": {"service": "ssm", "name": "a/b"}}, ["name = 'a/b'", "use /a/b"]),
    ({"web_acl_arn": "arn:aws:wafv2:us-east-1:1:global/webacl/x/y"}, ["web_acl_arn = "]),
    (pool(attributes={"custom": [{"name": "email"}]}), ["email: a standard attribute has this name"]),
    (pool(attributes={"custom": [{"name": "a", "minimum": -1}]}), ["the length of a String cannot be negative"]),
    ({"public_clients": [{**_WEB, "id": "api"}], "domain": _PREFIX}, ["client id 'api' is used more than once"]),
    ({"public_clients": [{**_WEB, "callback_urls": ["https://*.example.com/"]}]}, ["callback_urls.0"]),
    ({"public_clients": [{**_WEB, "callback_urls": ["javascript://x/%0aalert(1)"]}]}, ["callback_urls.0"]),
    ({"client": {"extra_auth_flows": ["ALLOW_CUSTOM_AUTH"]}}, ["client: ALLOW_CUSTOM_AUTH without triggers"]),
    ({"removal_policy": "keep"}, ["removal_policy = 'keep'", "'retain' or 'destroy'"]),
    ({"adopt": {"user_pool_id": "nonsense"}}, ["adopt.user_pool_id = 'nonsense'"]),
]


@pytest.mark.parametrize(("props", "said"), REFUSED)
def test_invalid_props_are_refused_with_remedy(props: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        AuthStackProps.model_validate(props)
    message = explain(caught.value)
    assert all(part in message for part in said), message
    assert "pydantic" not in message


def test_several_problems_are_reported_together() -> None:
    with pytest.raises(ValidationError) as caught:
        AuthStackProps.model_validate(pool(tier="LITE", mfa={"sms": True}, recovery=["verified_phone_number"]))
    assert explain(caught.value).count("needs SMS") == 2


def test_terraform_expression_is_accepted() -> None:
    props = AuthStackProps(web_acl_arn="${aws_wafv2_web_acl.mine.arn}")
    assert props.web_acl_arn == "${aws_wafv2_web_acl.mine.arn}"


@pytest.mark.parametrize(
    "url", ["com.example.app:/back", "myapp://callback", "http://127.0.0.1:3000/", "http://[::1]:3000/back"]
)
def test_native_app_callback_urls_are_accepted(url: str) -> None:
    """RFC 8252, sections 7.1 and 7.3."""
    client = {**_WEB, "callback_urls": [url]}
    assert AuthStackProps.model_validate({"public_clients": [client], "domain": _PREFIX})


@pytest.mark.parametrize(
    "props",
    [
        {"source_arn": "arn:aws-cn:ses:cn-north-1:111122223333:identity/example.com", "from_address": "a@example.com"},
        {"source_arn": "arn:aws-eusc:ses:eusc-de-east-1:111122223333:identity/a@example.com"},
        {**_SES, "from_address": '"Shop, Inc." <no-reply@mail.example.com>'},
        {**_SES, "from_address": "=?UTF-8?B?w4RkYQ==?= <no-reply@example.com>"},
    ],
)
def test_senders_that_ses_accepts_are_accepted(props: dict[str, Any]) -> None:
    assert AuthStackProps.model_validate(pool(email=props))


def test_one_mistake_is_one_line() -> None:
    with pytest.raises(ValidationError) as caught:
        AuthStackProps.model_validate({"public_clients": [{**_WEB, "callback_urls": ["nonsense"]}], "domain": _PREFIX})
    assert len(explain(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("first", "second"), [("Work", "work"), ("Work", "COGNITO")])
def test_conflicting_provider_names_are_refused(first: str, second: str) -> None:
    providers = tuple(
        OpenIdConnect(name=name, client_id="x", issuer="https://login.example.com") for name in (first, second)
    )
    with pytest.raises(ValidationError, match="is used more than once"):
        AuthStackProps(identity_providers=providers, domain=PrefixDomain(prefix="sign-in-example"))


def test_mapping_to_immutable_attribute_is_refused() -> None:
    fixed = Attributes(custom=(CustomAttribute(name="since", mutable=False),))
    provider = Google(client_id="x", attribute_mapping={"email": "email", "custom:since": "created"})
    client = ApiClient(
        identity_providers=("COGNITO", "Google"), write_attributes=("email", "custom:since"), read_attributes=("email",)
    )
    with pytest.raises(ValidationError, match="'custom:since' is mapped by a provider, and written at each sign-in"):
        AuthStackProps(
            user_pool=UserPoolProps(attributes=fixed),
            client=client,
            identity_providers=(provider,),
            domain=PrefixDomain(prefix="sign-in-example"),
        )


def test_number_attribute_accepts_negative_minimum() -> None:
    assert CustomAttribute(name="balance", type="Number", minimum=-100, maximum=100).minimum == -100
