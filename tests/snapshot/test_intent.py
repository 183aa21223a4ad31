"""Each security property by itself, with its reason: updating the snapshots cannot bless a weakening."""

from typing import Any

from tests.support.stacks import EVERYTHING, SCENARIOS, synthesize, synthesize_state_bucket

Json = dict[str, Any]


def test_people_sign_in_with_an_email_address_in_any_case(user_pool: Json) -> None:
    assert user_pool["username_attributes"] == ["email"]
    assert user_pool["username_configuration"] == {"case_sensitive": False}


def test_an_address_is_verified_at_signup_and_before_a_change_takes_effect(user_pool: Json) -> None:
    assert user_pool["auto_verified_attributes"] == ["email"]
    settings = user_pool["user_attribute_update_settings"]
    assert settings == {"attributes_require_verification_before_update": ["email"]}


def test_passwords_have_twelve_characters_unless_told_otherwise_and_eight_at_least(
    user_pool: Json, stack: Json
) -> None:
    policy = user_pool["password_policy"]
    assert policy["minimum_length"] == "${var.password_minimum_length}"
    assert all(policy[f"require_{kind}"] for kind in ("lowercase", "uppercase", "numbers", "symbols"))
    variable = stack["variable"]["password_minimum_length"]
    assert variable["default"] >= 12
    assert "var.password_minimum_length >= 8 " in variable["validation"][0]["condition"]


def test_an_account_is_recovered_by_its_verified_address_only(user_pool: Json) -> None:
    mechanisms = user_pool["account_recovery_setting"]["recovery_mechanism"]
    assert mechanisms == [{"name": "verified_email", "priority": 1}]


def test_the_pool_cannot_be_lost_by_a_destroy(user_pool: Json) -> None:
    assert user_pool["deletion_protection"] == "ACTIVE"
    assert user_pool["lifecycle"] == {"prevent_destroy": True}


def test_only_the_named_policy_takes_the_guards_off() -> None:
    pool = synthesize(SCENARIOS["auth_destroyable"])["resource"]["aws_cognito_user_pool"]["user_pool"]
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


def test_second_factors_are_offered_by_authenticator_app(user_pool: Json) -> None:
    assert user_pool["mfa_configuration"] == "OPTIONAL"
    assert user_pool["software_token_mfa_configuration"] == {"enabled": True}


def test_sign_in_begins_with_a_password_unless_told_otherwise(user_pool: Json) -> None:
    assert user_pool["sign_in_policy"] == {"allowed_first_auth_factors": ["PASSWORD"]}


def test_a_public_client_has_no_secret_and_no_password_flow() -> None:
    client = synthesize(EVERYTHING)["resource"]["aws_cognito_user_pool_client"]["user_pool_client_web"]
    assert client["generate_secret"] is False
    assert client["explicit_auth_flows"] == ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
    assert client["allowed_oauth_flows"] == ["code"]


def test_a_machine_speaks_for_itself_only() -> None:
    client = synthesize(EVERYTHING)["resource"]["aws_cognito_user_pool_client"]["user_pool_client_billing"]
    assert client["allowed_oauth_flows"] == ["client_credentials"]
    assert client["explicit_auth_flows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    assert client["read_attributes"] == client["write_attributes"] == client["supported_identity_providers"] == []


def test_no_secret_of_a_provider_stands_in_the_terraform() -> None:
    stack = synthesize(EVERYTHING)
    assert stack["variable"]["identity_provider_secrets"]["sensitive"] is True
    assert "default" not in stack["variable"]["identity_provider_secrets"]
    for provider in stack["resource"]["aws_cognito_identity_provider"].values():
        details = provider["provider_details"]
        secret = details.get("client_secret") or details.get("private_key")
        name = provider["provider_name"]
        assert secret in {None, f'${{var.identity_provider_secrets["{name}"]}}'}


def test_a_secret_by_reference_is_no_output() -> None:
    for scenario in ("auth_with_everything", "auth_lite"):
        outputs = synthesize(SCENARIOS[scenario])["output"]
        assert "cognito_user_pool_client_secret" not in outputs
        assert "cognito_user_pool_client_secret_arn" in outputs


def test_a_secret_that_was_rotated_is_not_written_over() -> None:
    version = synthesize(EVERYTHING)["resource"]["aws_secretsmanager_secret_version"]["client_secret"]
    assert version["lifecycle"]["ignore_changes"] == ["secret_string"]
    parameter = synthesize(SCENARIOS["auth_lite"])["resource"]["aws_ssm_parameter"]["client_secret"]
    assert parameter["type"] == "SecureString"
    assert parameter["lifecycle"]["ignore_changes"] == ["value"]


def test_only_cognito_invokes_the_triggers_and_only_for_this_pool() -> None:
    stack = synthesize(EVERYTHING)["resource"]
    permissions = stack["aws_lambda_permission"].values()
    assert {row["principal"] for row in permissions} == {"cognito-idp.amazonaws.com"}
    assert {row["source_arn"] for row in permissions} == {"${aws_cognito_user_pool.user_pool.arn}"}
    assert len(permissions) == 6


def test_an_adopted_pool_is_imported_and_neither_it_nor_its_client_is_made_anew() -> None:
    stack = synthesize(SCENARIOS["auth_adopted"])
    assert stack["import"] == [
        {"id": "us-east-1_AbCdEfGhI", "to": "aws_cognito_user_pool.user_pool"},
        {"id": "us-east-1_AbCdEfGhI/1example23456789", "to": "aws_cognito_user_pool_client.user_pool_client"},
    ]
    assert stack["resource"]["aws_cognito_user_pool"]["user_pool"]["lifecycle"]["ignore_changes"] == ["schema"]
    client = stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
    assert client["lifecycle"]["ignore_changes"] == ["generate_secret"]


def test_the_state_is_encrypted_versioned_closed_and_hard_to_lose() -> None:
    resources = synthesize_state_bucket()["resource"]
    (bucket,) = resources["aws_s3_bucket"].values()
    assert (bucket["force_destroy"], bucket["lifecycle"]) == (False, {"prevent_destroy": True})
    (versioning,) = resources["aws_s3_bucket_versioning"].values()
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    (access,) = resources["aws_s3_bucket_public_access_block"].values()
    assert all(access[name] for name in access if name.startswith(("block_", "ignore_", "restrict_")))
    (encryption,) = resources["aws_s3_bucket_server_side_encryption_configuration"].values()
    assert encryption["rule"][0]["apply_server_side_encryption_by_default"]["sse_algorithm"] == "aws:kms"
    (key,) = resources["aws_kms_key"].values()
    assert (key["enable_key_rotation"], key["lifecycle"]) == (True, {"prevent_destroy": True})
    (policy,) = resources["aws_s3_bucket_policy"].values()
    assert "aws:SecureTransport" in policy["policy"]
