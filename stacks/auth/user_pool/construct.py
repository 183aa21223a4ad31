"""The user pool: sign-in, factors, account recovery, messages and triggers."""

from typing import Any

from cdktf import IResolvable, TerraformResourceLifecycle
from constructs import Construct

from stacks import aws
from stacks.auth.tiers import Tier
from stacks.auth.user_pool.attributes import Attributes, CustomAttribute
from stacks.auth.user_pool.mfa import MfaMode
from stacks.auth.user_pool.props import UserPoolProps
from stacks.auth.user_pool.threat_protection import RiskConfiguration
from stacks.auth.user_pool.triggers import lambda_config, permit_triggers
from stacks.props import Props
from stacks.removal_policy import RemovalPolicy

# A date: YYYY-MM-DD.
_LENGTHS = {"birthdate": ("10", "10")}


class UserPool(Construct):
    """A user pool, configured by ``UserPoolProps``.

    The construct's id is part of the pool's Terraform address. A changed address, username attribute or case
    sensitivity replaces the pool, and every user is lost: ``tests/snapshot/test_addresses.py`` pins them.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        props: UserPoolProps,
        password_minimum_length: float,
        admin_create_user_only: bool | IResolvable = False,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        adopted: bool = False,
    ) -> None:
        """Create the pool.

        ``removal_policy=DESTROY`` removes deletion protection and ``prevent_destroy``, for throw-away deployments.
        ``adopted`` is for an imported pool: Terraform ignores its schema, unless ``props`` declare attributes.
        """
        super().__init__(scope, id_)
        retain = removal_policy is RemovalPolicy.RETAIN
        sign_in = props.sign_in
        self.resource = aws.CognitoUserPool(
            self,
            "Default",
            name=name,
            username_attributes=list(sign_in.username_attributes) or None,
            alias_attributes=list(sign_in.alias_attributes) or None,
            username_configuration=aws.CognitoUserPoolUsernameConfiguration(case_sensitive=sign_in.case_sensitive),
            auto_verified_attributes=props.auto_verified_attributes,
            user_attribute_update_settings=aws.CognitoUserPoolUserAttributeUpdateSettings(
                attributes_require_verification_before_update=props.auto_verified_attributes
                if props.verify_attribute_updates
                else [],
            ),
            schema=_schema(props.attributes) or None,
            password_policy=aws.CognitoUserPoolPasswordPolicy(
                minimum_length=password_minimum_length,
                require_lowercase=props.password_policy.require_lowercase,
                require_uppercase=props.password_policy.require_uppercase,
                require_numbers=props.password_policy.require_numbers,
                require_symbols=props.password_policy.require_symbols,
                password_history_size=props.password_policy.history_size or None,
                temporary_password_validity_days=props.password_policy.temporary_password_validity_days,
            ),
            account_recovery_setting=aws.CognitoUserPoolAccountRecoverySetting(
                recovery_mechanism=[
                    aws.CognitoUserPoolAccountRecoverySettingRecoveryMechanism(name=name, priority=priority)
                    for priority, name in enumerate(props.recovery, 1)
                ],
            ),
            admin_create_user_config=aws.CognitoUserPoolAdminCreateUserConfig(
                allow_admin_create_user_only=admin_create_user_only, invite_message_template=_invitation(props)
            ),
            verification_message_template=_verification(props),
            email_configuration=_email(props),
            device_configuration=_dumped(props.devices),
            lambda_config=lambda_config(props.triggers),
            user_pool_add_ons=_threat_protection(props),
            user_pool_tier=props.tier.value,
            deletion_protection="ACTIVE" if retain else "INACTIVE",
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=retain, ignore_changes=_ignored(props, adopted=adopted) or None
            ),
            **_factors(props),
        )
        permit_triggers(self, self.resource.arn, props.triggers)
        self.risk_configuration: RiskConfiguration | None = None
        if props.threat_protection.on and props.threat_protection.manage_actions:
            self.risk_configuration = RiskConfiguration(
                self, "risk_configuration", user_pool_id=self.resource.id, props=props.threat_protection
            )


def _ignored(props: UserPoolProps, *, adopted: bool) -> list[str]:
    declared = props.attributes.custom or props.attributes.required
    return [*(["schema"] if adopted and not declared else []), *props.unmanaged]


def _factors(props: UserPoolProps) -> dict[str, Any]:
    """Return the arguments of first and second factors; Cognito rejects a second factor's block if MFA is off."""
    factors: dict[str, Any] = {"mfa_configuration": props.mfa.mode.value}
    if props.mfa.mode is not MfaMode.OFF:
        factors["software_token_mfa_configuration"] = {"enabled": props.mfa.totp}
    if props.mfa.email:
        factors["email_mfa_configuration"] = _dumped(props.mfa.email)
    if props.sms:
        factors["sms_configuration"] = {
            "sns_caller_arn": props.sms.caller_role_arn,
            "external_id": props.sms.external_id,
            **({"sns_region": props.sms.region} if props.sms.region else {}),
        }
        factors["sms_authentication_message"] = props.messages.authentication_sms
    # If this block is omitted, Cognito keeps the previous value.
    if props.tier is not Tier.LITE:
        allowed = [factor.value for factor in props.sign_in.first_factors]
        factors["sign_in_policy"] = {"allowed_first_auth_factors": allowed}
    if props.passkeys:
        factors["web_authn_configuration"] = _dumped(props.passkeys)
    return factors


def _verification(props: UserPoolProps) -> aws.CognitoUserPoolVerificationMessageTemplate:
    messages = props.messages
    if link := messages.verification_link:
        return aws.CognitoUserPoolVerificationMessageTemplate(
            default_email_option="CONFIRM_WITH_LINK",
            email_subject_by_link=link.subject,
            email_message_by_link=link.message,
            sms_message=messages.verification_sms,
        )
    return aws.CognitoUserPoolVerificationMessageTemplate(
        default_email_option="CONFIRM_WITH_CODE",
        email_subject=messages.verification_subject,
        email_message=messages.verification_message,
        sms_message=messages.verification_sms,
    )


def _invitation(props: UserPoolProps) -> dict[str, str]:
    messages = props.messages
    return {
        "email_subject": messages.invitation_subject,
        "email_message": messages.invitation_message,
        "sms_message": messages.invitation_sms,
    }


def _email(props: UserPoolProps) -> aws.CognitoUserPoolEmailConfiguration:
    if props.email is None:
        return aws.CognitoUserPoolEmailConfiguration(email_sending_account="COGNITO_DEFAULT")
    return aws.CognitoUserPoolEmailConfiguration(
        email_sending_account="DEVELOPER",
        source_arn=props.email.source_arn,
        from_email_address=props.email.from_address,
        reply_to_email_address=props.email.reply_to,
        configuration_set=props.email.configuration_set,
    )


def _threat_protection(props: UserPoolProps) -> dict[str, Any] | None:
    threat = props.threat_protection
    if not threat.on:
        return None
    custom = {"custom_auth_mode": threat.custom_auth_mode} if threat.custom_auth_mode else None
    more = {"advanced_security_additional_flows": custom} if custom else {}
    return {"advanced_security_mode": threat.mode.value, **more}


def _schema(attributes: Attributes) -> list[aws.CognitoUserPoolSchema]:
    # Set constraints even if they equal Cognito's defaults; otherwise every plan shows a change.
    required = [
        aws.CognitoUserPoolSchema(
            name=name,
            attribute_data_type="String",
            required=True,
            mutable=True,
            string_attribute_constraints=aws.CognitoUserPoolSchemaStringAttributeConstraints(
                min_length=shortest, max_length=longest
            ),
        )
        for name, (shortest, longest) in ((name, _LENGTHS.get(name, ("0", "2048"))) for name in attributes.required)
    ]
    return [*required, *(_custom(attribute) for attribute in attributes.custom)]


def _custom(attribute: CustomAttribute) -> aws.CognitoUserPoolSchema:
    text = number = None
    if attribute.type == "String":
        longest = 2048 if attribute.maximum is None else attribute.maximum
        limits = {"min_length": str(attribute.minimum or 0), "max_length": str(longest)} if attribute.limited else {}
        text = aws.CognitoUserPoolSchemaStringAttributeConstraints(**limits)
    if attribute.type == "Number":
        number = aws.CognitoUserPoolSchemaNumberAttributeConstraints(
            min_value=None if attribute.minimum is None else str(attribute.minimum),
            max_value=None if attribute.maximum is None else str(attribute.maximum),
        )
    return aws.CognitoUserPoolSchema(
        name=attribute.name,
        attribute_data_type=attribute.type,
        mutable=attribute.mutable,
        string_attribute_constraints=text,
        number_attribute_constraints=number,
    )


def _dumped(props: Props | None) -> dict[str, Any] | None:
    return props.model_dump(mode="json", exclude_none=True) if props else None
