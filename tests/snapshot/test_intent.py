"""One test for each security property, so that updating the snapshots cannot accept a weakening."""

from typing import Any

from tests.support.stacks import EVERYTHING, SCENARIOS, synthesize, synthesize_state_bucket

Json = dict[str, Any]


class TestUserPool:
    def test_email_sign_in_ignores_case(self, user_pool: Json) -> None:
        assert user_pool["username_attributes"] == ["email"]
        assert user_pool["username_configuration"] == {"case_sensitive": False}

    def test_email_is_verified_at_sign_up_and_change(self, user_pool: Json) -> None:
        assert user_pool["auto_verified_attributes"] == ["email"]
        settings = user_pool["user_attribute_update_settings"]
        assert settings == {"attributes_require_verification_before_update": ["email"]}

    def test_password_length_is_8_by_default_and_at_least(self, user_pool: Json, stack: Json) -> None:
        policy = user_pool["password_policy"]
        assert policy["minimum_length"] == "${var.password_minimum_length}"
        assert all(policy[f"require_{kind}"] for kind in ("lowercase", "uppercase", "numbers", "symbols"))
        variable = stack["variable"]["password_minimum_length"]
        assert variable["default"] == 8
        assert "var.password_minimum_length >= 8 " in variable["validation"][0]["condition"]

    def test_recovery_uses_verified_email_only(self, user_pool: Json) -> None:
        mechanisms = user_pool["account_recovery_setting"]["recovery_mechanism"]
        assert mechanisms == [{"name": "verified_email", "priority": 1}]

    def test_mfa_is_optional_with_totp(self, user_pool: Json) -> None:
        assert user_pool["mfa_configuration"] == "OPTIONAL"
        assert user_pool["software_token_mfa_configuration"] == {"enabled": True}

    def test_password_is_only_default_first_factor(self, user_pool: Json) -> None:
        assert user_pool["sign_in_policy"] == {"allowed_first_auth_factors": ["PASSWORD"]}

    def test_only_this_pool_may_invoke_triggers(self) -> None:
        stack = synthesize(EVERYTHING)["resource"]
        permissions = stack["aws_lambda_permission"].values()
        assert {row["principal"] for row in permissions} == {"cognito-idp.amazonaws.com"}
        assert {row["source_arn"] for row in permissions} == {"${aws_cognito_user_pool.user_pool.arn}"}
        assert len(permissions) == 6


class TestClients:
    def test_api_client_allows_only_password_flow(self, client: Json) -> None:
        assert client["explicit_auth_flows"] == ["ALLOW_USER_PASSWORD_AUTH"]

    def test_user_existence_errors_are_prevented(self, client: Json) -> None:
        assert client["prevent_user_existence_errors"] == "ENABLED"

    def test_token_revocation_and_rotation_are_enabled(self, client: Json) -> None:
        assert client["enable_token_revocation"] is True
        (rotation,) = client["refresh_token_rotation"]
        assert rotation == {"feature": "ENABLED", "retry_grace_period_seconds": 30}

    def test_token_lifetimes_have_units_and_short_defaults(self, client: Json, stack: Json) -> None:
        assert client["token_validity_units"] == [
            {"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"}
        ]
        variables = stack["variable"]
        assert variables["access_token_validity_minutes"]["default"] <= 60
        assert variables["id_token_validity_minutes"]["default"] <= 60
        assert variables["refresh_token_validity_days"]["default"] <= 30

    def test_implicit_grant_is_not_allowed(self, client: Json) -> None:
        assert client["allowed_oauth_flows"] == ["code"]

    def test_user_writes_only_email_and_profile(self, client: Json) -> None:
        profile = ["family_name", "given_name", "locale", "name", "nickname", "zoneinfo"]
        assert client["write_attributes"] == ["email", *profile]
        assert client["read_attributes"] == ["email", "email_verified", *profile]

    def test_public_client_has_no_secret_or_password_flow(self) -> None:
        client = synthesize(EVERYTHING)["resource"]["aws_cognito_user_pool_client"]["user_pool_client_web"]
        assert client["generate_secret"] is False
        assert client["explicit_auth_flows"] == ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
        assert client["allowed_oauth_flows"] == ["code"]

    def test_machine_client_allows_only_client_credentials(self) -> None:
        client = synthesize(EVERYTHING)["resource"]["aws_cognito_user_pool_client"]["user_pool_client_billing"]
        assert client["allowed_oauth_flows"] == ["client_credentials"]
        assert client["explicit_auth_flows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        assert client["read_attributes"] == client["write_attributes"] == client["supported_identity_providers"] == []


class TestSecrets:
    def test_client_secret_is_sensitive_output(self, client: Json, stack: Json) -> None:
        assert client["generate_secret"] is True
        assert stack["output"]["cognito_user_pool_client_secret"]["sensitive"] is True

    def test_provider_secrets_are_not_in_terraform(self) -> None:
        stack = synthesize(EVERYTHING)
        assert stack["variable"]["identity_provider_secrets"]["sensitive"] is True
        assert "default" not in stack["variable"]["identity_provider_secrets"]
        for provider in stack["resource"]["aws_cognito_identity_provider"].values():
            details = provider["provider_details"]
            secret = details.get("client_secret") or details.get("private_key")
            name = provider["provider_name"]
            assert secret in {None, f'${{var.identity_provider_secrets["{name}"]}}'}

    def test_stored_secret_is_not_an_output(self) -> None:
        for scenario in ("auth_with_everything", "auth_lite"):
            outputs = synthesize(SCENARIOS[scenario])["output"]
            assert "cognito_user_pool_client_secret" not in outputs
            assert "cognito_user_pool_client_secret_arn" in outputs

    def test_rotated_secret_is_not_overwritten(self) -> None:
        version = synthesize(EVERYTHING)["resource"]["aws_secretsmanager_secret_version"]["client_secret"]
        assert version["lifecycle"]["ignore_changes"] == ["secret_string", "version_stages"]
        # A label that no rotation moves keeps the version, so that no plan creates it again.
        assert version["version_stages"] == ["AWSCURRENT", "terraform"]
        assert version["secret_string"].startswith("${coalesce(")
        parameter = synthesize(SCENARIOS["auth_lite"])["resource"]["aws_ssm_parameter"]["client_secret"]
        assert parameter["type"] == "SecureString"
        assert parameter["lifecycle"]["ignore_changes"] == ["value"]


class TestDeletionProtection:
    def test_pool_is_protected_from_deletion(self, user_pool: Json) -> None:
        assert user_pool["deletion_protection"] == "ACTIVE"
        assert user_pool["lifecycle"] == {"prevent_destroy": True}

    def test_destroy_policy_removes_protection(self) -> None:
        pool = synthesize(SCENARIOS["auth_destroyable"])["resource"]["aws_cognito_user_pool"]["user_pool"]
        assert pool["deletion_protection"] == "INACTIVE"
        assert pool["lifecycle"] == {"prevent_destroy": False}

    def test_adopted_pool_and_client_are_not_replaced(self) -> None:
        stack = synthesize(SCENARIOS["auth_adopted"])
        assert stack["import"] == [
            {"id": "us-east-1_AbCdEfGhI", "to": "aws_cognito_user_pool.user_pool"},
            {"id": "us-east-1_AbCdEfGhI/1example23456789", "to": "aws_cognito_user_pool_client.user_pool_client"},
        ]
        assert stack["resource"]["aws_cognito_user_pool"]["user_pool"]["lifecycle"]["ignore_changes"] == ["schema"]
        client = stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
        assert client["lifecycle"]["ignore_changes"] == ["generate_secret"]

    def test_state_bucket_is_encrypted_and_protected(self) -> None:
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
