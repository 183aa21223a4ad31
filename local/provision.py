"""The user pool and app client of ``stacks/``, created in the local Cognito without Terraform.

``tests/e2e`` compares both, field by field, with what Terraform creates from the stack.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

REGION = "us-east-1"
# The default of the stack's variable password_minimum_length.
_PASSWORD_LENGTH = 8
STACK_NAME = "auth"
_PROFILE = ["family_name", "given_name", "locale", "name", "nickname", "zoneinfo"]
Outputs = dict[str, object]


def provision(endpoint: str, outputs_file: Path) -> Outputs:
    """Return the outputs of the user pool at ``endpoint``: the pool of the last run if it exists, else a new one."""
    cognito = cognito_client(endpoint)
    outputs = _outputs_of_last_run(cognito, outputs_file) or _create(cognito)
    write_outputs(outputs_file, outputs)
    return outputs


def cognito_client(endpoint: str) -> "CognitoIdentityProviderClient":
    """Return a client for the emulator at ``endpoint``, with placeholder AWS credentials."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
    return boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of one service are installed
        "cognito-idp",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - a placeholder; the emulator accepts any value
        config=config,
    )


def write_outputs(path: Path, outputs: Outputs) -> None:
    """Write ``outputs`` as ``cdktf deploy --outputs-file`` does, but readable by the file's owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({STACK_NAME: outputs}, file, indent=2)
    new.replace(path)


def _outputs_of_last_run(cognito: "CognitoIdentityProviderClient", path: Path) -> Outputs | None:
    try:
        outputs: Outputs = json.loads(path.read_text())[STACK_NAME]
        cognito.describe_user_pool_client(
            UserPoolId=str(outputs["cognito_user_pool_id"]), ClientId=str(outputs["cognito_user_pool_client_id"])
        )
    except (OSError, ValueError, KeyError, TypeError, ClientError):
        return None
    return outputs


def _create(cognito: "CognitoIdentityProviderClient") -> Outputs:
    pool = cognito.create_user_pool(
        PoolName="auth",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        Policies={
            "PasswordPolicy": {
                "MinimumLength": _PASSWORD_LENGTH,
                "RequireLowercase": True,
                "RequireUppercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        AdminCreateUserConfig={
            "AllowAdminCreateUserOnly": False,
            "InviteMessageTemplate": {
                "EmailSubject": "Your temporary password",
                "EmailMessage": "Your user name is {username} and your temporary password is {####}",
                "SMSMessage": "Your user name is {username} and your temporary password is {####}",
            },
        },
        EmailConfiguration={"EmailSendingAccount": "COGNITO_DEFAULT"},
        VerificationMessageTemplate={
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
            "EmailSubject": "Your verification code",
            "EmailMessage": "Your verification code is {####}",
        },
        UserPoolTier="ESSENTIALS",
        DeletionProtection="ACTIVE",
    )["UserPool"]
    pool_id = pool.get("Id", "")
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="auth-api",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
        AuthSessionValidity=3,
        EnablePropagateAdditionalUserContextData=False,
        AccessTokenValidity=60,
        IdTokenValidity=60,
        RefreshTokenValidity=30,
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 30},
        ReadAttributes=["email", "email_verified", *_PROFILE],
        WriteAttributes=["email", *_PROFILE],
        SupportedIdentityProviders=["COGNITO"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "aws.cognito.signin.user.admin"],
        CallbackURLs=["http://localhost:8000/oauth/callback"],
        LogoutURLs=["http://localhost:8000/"],
    )["UserPoolClient"]
    return {
        "aws_region": REGION,
        "cognito_issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{pool_id}",
        "cognito_password_policy": {
            "minimum_length": _PASSWORD_LENGTH,
            "password_history_size": 0,
            "require_lowercase": True,
            "require_numbers": True,
            "require_symbols": True,
            "require_uppercase": True,
            "temporary_password_validity_days": 7,
        },
        "cognito_propagate_user_context": False,
        "cognito_refresh_token_validity_days": 30,
        "cognito_user_pool_client_id": client.get("ClientId", ""),
        "cognito_user_pool_client_secret": client.get("ClientSecret", ""),
        "cognito_user_pool_id": pool_id,
    }
