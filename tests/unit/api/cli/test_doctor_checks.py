"""Checks of a live pool that the local Cognito cannot fail."""

import pytest

from api.cli.doctor_checks import CHECKS, Live
from tests.conftest import settings_for


@pytest.mark.parametrize(
    ("part", "given", "more"),
    [
        ("default_email_option", {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}, {}),
        ("recovery", {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only"}]}}, {}),
        ("mfa.totp or mfa.email", {"MfaConfiguration": "ON"}, {}),
        ("case_sensitive", {"UsernameConfiguration": {"CaseSensitive": True}}, {}),
        ("PreSignUp", {"LambdaConfig": {"PreSignUp": "arn"}}, {}),
        ("propagate_user_context, or", {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, {}),
        ("EMAIL_OTP", {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}}}, {}),
        ("PROFILE_ATTRIBUTES", {}, {"ReadAttributes": ["email", "name"]}),
    ],
)
def test_a8_pool_that_the_api_cannot_live_with_is_found(
    part: str, given: dict[str, object], more: dict[str, object]
) -> None:
    settings = settings_for("http://127.0.0.1:1", profile_attributes="name")
    client = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]}
    (check,) = (check for check in CHECKS if part in check.fix)
    totp_is_off = {"SoftwareTokenMfaConfiguration": {"Enabled": False}}
    assert not check.holds(Live(settings, given, totp_is_off, {**client, **more}))


@pytest.mark.parametrize("channel", ["Email", "Sms"])
def test_delivery_failure_of_pool_is_found(channel: str) -> None:
    settings = settings_for("http://127.0.0.1:1")
    (check,) = (check for check in CHECKS if f"{channel}ConfigurationFailure" in check.fix)
    assert check.holds(Live(settings, {}, {}, {}))
    assert not check.holds(Live(settings, {f"{channel}ConfigurationFailure": "InvalidRole"}, {}, {}))
