"""Terraform addresses and the fields that replace the pool: a change here loses every user."""

from typing import Any

from tests.support.stacks import EVERYTHING, synthesize

Json = dict[str, Any]


def test_default_resource_addresses_are_unchanged(stack: Json) -> None:
    addresses = {f"{kind}.{name}" for kind, resources in stack["resource"].items() for name in resources}
    assert addresses == {"aws_cognito_user_pool.user_pool", "aws_cognito_user_pool_client.user_pool_client"}


def test_optional_resource_addresses_are_unchanged() -> None:
    stack = synthesize(EVERYTHING)
    addresses = {f"{kind}.{name}" for kind, resources in stack["resource"].items() for name in resources}
    assert sorted(address for address in addresses if "permission" not in address) == [
        "aws_cognito_identity_provider.identity_provider_facebook",
        "aws_cognito_identity_provider.identity_provider_google",
        "aws_cognito_identity_provider.identity_provider_loginwithamazon",
        "aws_cognito_identity_provider.identity_provider_partner",
        "aws_cognito_identity_provider.identity_provider_signinwithapple",
        "aws_cognito_identity_provider.identity_provider_work",
        "aws_cognito_log_delivery_configuration.log_delivery",
        "aws_cognito_managed_login_branding.managed_login_api",
        "aws_cognito_managed_login_branding.managed_login_shop",
        "aws_cognito_managed_login_branding.managed_login_web",
        "aws_cognito_resource_server.resource_servers_orders_A71B03FE",
        "aws_cognito_risk_configuration.risk_configuration",
        "aws_cognito_user_group.groups_administrators_42212BFD",
        "aws_cognito_user_pool.user_pool",
        "aws_cognito_user_pool_client.user_pool_client",
        "aws_cognito_user_pool_client.user_pool_client_billing",
        "aws_cognito_user_pool_client.user_pool_client_shop",
        "aws_cognito_user_pool_client.user_pool_client_web",
        "aws_cognito_user_pool_domain.user_pool_domain",
        "aws_dynamodb_table.revocation_table",
        "aws_secretsmanager_secret.client_secret",
        "aws_secretsmanager_secret_version.client_secret",
        "aws_wafv2_web_acl_association.web_acl",
    ]


def test_pool_replacing_fields_are_unchanged(user_pool: Json) -> None:
    replacing = ("username_attributes", "alias_attributes", "username_configuration", "schema")
    assert {name: user_pool[name] for name in replacing if name in user_pool} == {
        "username_attributes": ["email"],
        "username_configuration": {"case_sensitive": False},
    }


def test_variable_names_are_unchanged(stack: Json) -> None:
    assert sorted(stack["variable"]) == [
        "access_token_validity_minutes",
        "aws_region",
        "callback_urls",
        "id_token_validity_minutes",
        "logout_urls",
        "password_minimum_length",
        "propagate_user_context",
        "refresh_token_validity_days",
        "self_sign_up",
        "tags",
        "user_pool_client_name",
        "user_pool_name",
    ]
    assert all(
        variable["type"] and variable["description"] and variable["validation"]
        for variable in stack["variable"].values()
    )
