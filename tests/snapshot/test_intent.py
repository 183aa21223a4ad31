"""Each security property by itself, with its reason: updating the snapshots cannot bless a weakening."""

from typing import Any

from stacks.user_pool import RemovalPolicy
from tests.support.stacks import synthesize

Json = dict[str, Any]


def test_people_sign_in_with_an_email_address_in_any_case(user_pool: Json) -> None:
    assert user_pool["username_attributes"] == ["email"]
    assert user_pool["username_configuration"] == {"case_sensitive": False}


def test_an_address_is_verified_at_signup_and_before_a_change_takes_effect(user_pool: Json) -> None:
    assert user_pool["auto_verified_attributes"] == ["email"]
    settings = user_pool["user_attribute_update_settings"]
    assert settings == {"attributes_require_verification_before_update": ["email"]}


def test_passwords_have_eight_characters_at_least_and_every_kind(user_pool: Json, stack: Json) -> None:
    policy = user_pool["password_policy"]
    assert policy["minimum_length"] == "${var.password_minimum_length}"
    assert all(policy[f"require_{kind}"] for kind in ("lowercase", "uppercase", "numbers", "symbols"))
    variable = stack["variable"]["password_minimum_length"]
    assert variable["default"] >= 8
    assert "var.password_minimum_length >= 8 " in variable["validation"][0]["condition"]


def test_an_account_is_recovered_by_its_verified_address_only(user_pool: Json) -> None:
    mechanisms = user_pool["account_recovery_setting"]["recovery_mechanism"]
    assert mechanisms == [{"name": "verified_email", "priority": 1}]


def test_the_pool_cannot_be_lost_by_a_destroy(user_pool: Json) -> None:
    assert user_pool["deletion_protection"] == "ACTIVE"
    assert user_pool["lifecycle"] == {"prevent_destroy": True}


def test_only_the_named_policy_takes_the_guards_off() -> None:
    pool = synthesize(RemovalPolicy.DESTROY)["resource"]["aws_cognito_user_pool"]["user_pool"]
    assert pool["deletion_protection"] == "INACTIVE"
    assert pool["lifecycle"] == {"prevent_destroy": False}


def test_the_client_has_a_secret_and_it_is_a_sensitive_output(client: Json, stack: Json) -> None:
    assert client["generate_secret"] is True
    assert stack["output"]["cognito_user_pool_client_secret"]["sensitive"] is True


def test_the_client_offers_only_the_flow_that_the_api_uses(client: Json) -> None:
    assert client["explicit_auth_flows"] == ["ALLOW_USER_PASSWORD_AUTH"]


def test_cognito_does_not_tell_who_has_an_account(client: Json) -> None:
    assert client["prevent_user_existence_errors"] == "ENABLED"


def test_tokens_can_be_revoked_and_refresh_tokens_rotate(client: Json) -> None:
    assert client["enable_token_revocation"] is True
    (rotation,) = client["refresh_token_rotation"]
    assert rotation == {"feature": "ENABLED", "retry_grace_period_seconds": 30}


def test_token_lives_have_units_and_short_defaults(client: Json, stack: Json) -> None:
    assert client["token_validity_units"] == [
        {"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"}
    ]
    variables = stack["variable"]
    assert variables["access_token_validity_minutes"]["default"] <= 60
    assert variables["id_token_validity_minutes"]["default"] <= 60
    assert variables["refresh_token_validity_days"]["default"] <= 30


def test_the_implicit_grant_is_impossible(client: Json) -> None:
    assert client["allowed_oauth_flows"] == ["code"]


def test_a_token_of_the_user_can_write_the_address_and_the_profile_only(client: Json) -> None:
    profile = ["family_name", "given_name", "locale", "name", "nickname", "zoneinfo"]
    assert client["write_attributes"] == ["email", *profile]
    assert client["read_attributes"] == ["email", "email_verified", *profile]
