"""The user pool: who may sign in, with what, and how an account is recovered."""

from enum import StrEnum

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from stacks import aws


class RemovalPolicy(StrEnum):
    """What ``cdktf destroy`` may do to the pool; the two names are AWS CDK's."""

    RETAIN = "retain"
    DESTROY = "destroy"


class UserPool(Construct):
    """A pool for sign-in by e-mail address and password.

    The construct's id is part of the pool's Terraform address. A changed address, username attribute or case
    sensitivity replaces the pool, and every user is lost: ``tests/snapshot/test_addresses.py`` pins them.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        password_minimum_length: float,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Make the pool; ``removal_policy=DESTROY`` takes both guards off and is for throw-away deployments."""
        super().__init__(scope, id_)
        retain = removal_policy is RemovalPolicy.RETAIN
        password_policy = aws.CognitoUserPoolPasswordPolicy(
            minimum_length=password_minimum_length,
            require_lowercase=True,
            require_uppercase=True,
            require_numbers=True,
            require_symbols=True,
            temporary_password_validity_days=7,
        )
        self.resource = aws.CognitoUserPool(
            self,
            "Default",
            name=name,
            username_attributes=["email"],
            username_configuration=aws.CognitoUserPoolUsernameConfiguration(case_sensitive=False),
            auto_verified_attributes=["email"],
            user_attribute_update_settings=aws.CognitoUserPoolUserAttributeUpdateSettings(
                attributes_require_verification_before_update=["email"],
            ),
            password_policy=password_policy,
            mfa_configuration="OFF",
            account_recovery_setting=aws.CognitoUserPoolAccountRecoverySetting(
                recovery_mechanism=[
                    aws.CognitoUserPoolAccountRecoverySettingRecoveryMechanism(name="verified_email", priority=1),
                ],
            ),
            admin_create_user_config=aws.CognitoUserPoolAdminCreateUserConfig(allow_admin_create_user_only=False),
            verification_message_template=aws.CognitoUserPoolVerificationMessageTemplate(
                default_email_option="CONFIRM_WITH_CODE",
            ),
            user_pool_tier="ESSENTIALS",
            deletion_protection="ACTIVE" if retain else "INACTIVE",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=retain),
        )
