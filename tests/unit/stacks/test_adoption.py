"""What `python -m stacks.adopt` writes for pools that the local Cognito cannot hold."""

import tomllib
from typing import Any

import pytest
import tomli_w
from pydantic import ValidationError

from stacks.adopt import environment_file
from stacks.auth.props import AuthStackProps
from tests.support.stacks import synthesize

Json = dict[str, Any]
_LAMBDA = "arn:aws:lambda:eu-central-1:111122223333:function:"
# As API_DescribeUserPool, API_GetUserPoolMfaConfig and API_DescribeUserPoolClient show their answers.
POOL: Json = {
    "Id": "eu-central-1_AbCdEfGhI",
    "Name": "people",
    "UsernameAttributes": ["email"],
    "UsernameConfiguration": {"CaseSensitive": False},
    "AutoVerifiedAttributes": ["email"],
    "UserPoolTier": "PLUS",
    "DeletionProtection": "ACTIVE",
    "CustomDomain": "auth.example.com",
    "Policies": {
        "PasswordPolicy": {"MinimumLength": 12, "RequireLowercase": True, "PasswordHistorySize": 4},
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]},
    },
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "InviteMessageTemplate": {"EmailMessage": "{username} {####}", "EmailSubject": "Welcome"},
    },
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessage": "Your code: {####}",
        "EmailSubjectByLink": "Verify",
        "EmailMessageByLink": "Please {##verify##}",
    },
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "AccountRecoverySetting": {
        "RecoveryMechanisms": [
            {"Priority": 2, "Name": "verified_phone_number"},
            {"Priority": 1, "Name": "verified_email"},
        ]
    },
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms", "ExternalId": "people"},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False},
    "UserPoolAddOns": {
        "AdvancedSecurityMode": "ENFORCED",
        "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
    },
    "LambdaConfig": {
        "PreTokenGenerationConfig": {"LambdaArn": f"{_LAMBDA}tokens", "LambdaVersion": "V2_0"},
        "PreTokenGeneration": f"{_LAMBDA}tokens",
        "CustomEmailSender": {"LambdaArn": f"{_LAMBDA}mail", "LambdaVersion": "V1_0"},
        "KMSKeyID": "arn:aws:kms:eu-central-1:111122223333:key/0f0f",
    },
    "SchemaAttributes": [
        {"Name": "sub", "AttributeDataType": "String", "Required": True},
        {"Name": "email", "AttributeDataType": "String", "Required": True},
        {"Name": "custom:old", "AttributeDataType": "String", "Mutable": True, "StringAttributeConstraints": {}},
        {
            "Name": "custom:seats",
            "AttributeDataType": "Number",
            "Mutable": False,
            "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "500"},
        },
    ],
}
FACTORS: Json = {
    "MfaConfiguration": "OPTIONAL",
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "SmsMfaConfiguration": {"SmsConfiguration": POOL["SmsConfiguration"]},
    "WebAuthnConfiguration": {"RelyingPartyId": "auth.example.com", "UserVerification": "preferred"},
}
CLIENT: Json = {
    "ClientId": "1example23456789",
    "ClientName": "web",
    "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
    "RefreshTokenValidity": 36,
    "AccessTokenValidity": 15,
    "IdTokenValidity": 20,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
    "AuthSessionValidity": 5,
    "SupportedIdentityProviders": ["COGNITO", "Google"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "orders/read"],
    "CallbackURLs": ["https://example.com/back"],
    "LogoutURLs": ["https://example.com/"],
    "ReadAttributes": ["email", "custom:old"],
    "WriteAttributes": ["email"],
}


def adopted(pool: Json, client: Json | None = None) -> Json:
    return tomllib.loads(tomli_w.dumps(environment_file(pool, FACTORS, client)))


def test_file_reproduces_pool_and_client() -> None:
    file = adopted(POOL, CLIENT)
    variables = file["variables"]
    assert (variables["aws_region"], variables["self_sign_up"], variables["password_minimum_length"]) == (
        "eu-central-1",
        False,
        12,
    )
    stack = synthesize(AuthStackProps(variables=variables, **file["stack"]))
    pool = stack["resource"]["aws_cognito_user_pool"]["user_pool"]
    assert pool["account_recovery_setting"]["recovery_mechanism"][0]["name"] == "verified_email"
    assert pool["device_configuration"]["device_only_remembered_on_user_prompt"] is False
    assert pool["lambda_config"]["pre_token_generation_config"]["lambda_version"] == "V2_0"
    assert pool["web_authn_configuration"] == {
        "relying_party_id": "auth.example.com",
        "user_verification": "preferred",
    }
    assert pool["verification_message_template"]["email_message_by_link"] == "Please {##verify##}"
    assert [row["name"] for row in pool["schema"]] == ["email", "old", "seats"]
    assert pool["schema"][1]["string_attribute_constraints"] == {}
    assert "ignore_changes" not in pool["lifecycle"]
    client = stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
    assert client["explicit_auth_flows"] == CLIENT["ExplicitAuthFlows"]
    assert (client["refresh_token_validity"], client["token_validity_units"][0]["refresh_token"]) == (36, "hours")
    assert client["refresh_token_rotation"] == [{"feature": "ENABLED", "retry_grace_period_seconds": 10}]
    assert client["supported_identity_providers"] == ["COGNITO", "Google"]
    assert client["lifecycle"]["ignore_changes"] == ["generate_secret"]
    assert stack["output"]["cognito_domain"]["value"] == "https://auth.example.com"
    # What exists stays: neither permissions nor a risk configuration are created.
    assert stack["resource"].keys() == {"aws_cognito_user_pool", "aws_cognito_user_pool_client"}


def test_schema_that_cannot_be_declared_is_left_alone() -> None:
    developers = {"Name": "dev:custom:x", "AttributeDataType": "String"}
    file = adopted({**POOL, "SchemaAttributes": [*POOL["SchemaAttributes"], developers]})
    assert "attributes" not in file["stack"]["user_pool"]
    pool = synthesize(AuthStackProps(**file["stack"]))["resource"]["aws_cognito_user_pool"]["user_pool"]
    assert pool["lifecycle"]["ignore_changes"] == ["schema"]


def test_lifetimes_in_other_units_stay_as_they_are() -> None:
    units = {"AccessToken": "seconds", "IdToken": "seconds", "RefreshToken": "seconds"}
    client = {**CLIENT, "TokenValidityUnits": units, "AccessTokenValidity": 900, "RefreshTokenValidity": 7200}
    file = adopted(POOL, client)
    assert file["variables"]["access_token_validity_minutes"] == 15
    assert file["variables"]["refresh_token_validity_days"] == 1
    assert "token_validity_units" in file["stack"]["client"]["unmanaged"]


def test_pool_without_email_sign_in_is_refused() -> None:
    with pytest.raises(ValidationError, match="users do not sign in by email"):
        adopted({**POOL, "UsernameAttributes": ["phone_number"]})
