"""A pool that DescribeUserPool and GetUserPoolMfaConfig return, as arguments of the stack.

What the arguments cannot say is listed in ``unmanaged``, so that Terraform leaves it alone.
"""

from typing import Any

Json = dict[str, Any]
# Cognito's names of the triggers -> ours; the others have a version or a key.
_TRIGGERS = {
    "CreateAuthChallenge": "create_auth_challenge",
    "CustomMessage": "custom_message",
    "DefineAuthChallenge": "define_auth_challenge",
    "PostAuthentication": "post_authentication",
    "PostConfirmation": "post_confirmation",
    "PreAuthentication": "pre_authentication",
    "PreSignUp": "pre_sign_up",
    "UserMigration": "user_migration",
    "VerifyAuthChallengeResponse": "verify_auth_challenge_response",
}
_CHARACTERS = ("Lowercase", "Uppercase", "Numbers", "Symbols")
# Arguments that stay as they are where the pool lacks what the stack would add.
_ABSENT = {
    "UsernameConfiguration": "username_configuration",
    "AccountRecoverySetting": "account_recovery_setting",
    "UserAttributeUpdateSettings": "user_attribute_update_settings",
    "EmailConfiguration": "email_configuration",
}


def variables(pool: Json) -> Json:
    """Return the values of the Terraform variables that describe the pool."""
    invited_only = _section(pool, "AdminCreateUserConfig").get("AllowAdminCreateUserOnly", False)
    found: Json = {
        "aws_region": pool["Id"].partition("_")[0],
        "user_pool_name": pool["Name"],
        "password_minimum_length": max(8, _passwords(pool).get("MinimumLength", 8)),
        "self_sign_up": not invited_only,
    }
    return found | ({"tags": pool["UserPoolTags"]} if pool.get("UserPoolTags") else {})


def arguments(pool: Json, factors: Json) -> Json:
    """Return the arguments ``user_pool``; ``factors`` is the answer of GetUserPoolMfaConfig."""
    policies = _section(pool, "Policies")
    sign_in: Json = {
        "username_attributes": pool.get("UsernameAttributes", []),
        "alias_attributes": pool.get("AliasAttributes", []),
        "case_sensitive": _section(pool, "UsernameConfiguration").get("CaseSensitive", True),
        "first_factors": _section(policies, "SignInPolicy").get("AllowedFirstAuthFactors", ["PASSWORD"]),
    }
    found: Json = {
        "tier": pool.get("UserPoolTier", "ESSENTIALS"),
        "sign_in": sign_in,
        "password_policy": _password_policy(pool),
        "mfa": _mfa(factors),
        "messages": _messages(pool),
        "attributes": _attributes(pool),
        "triggers": _triggers(pool),
        "unmanaged": _unmanaged(pool),
    }
    return found | _optional(pool, factors)


def _optional(pool: Json, factors: Json) -> Json:
    email, sms = _section(pool, "EmailConfiguration"), _section(pool, "SmsConfiguration")
    devices, passkeys = _section(pool, "DeviceConfiguration"), _section(factors, "WebAuthnConfiguration")
    recovery: list[Json] = _section(pool, "AccountRecoverySetting").get("RecoveryMechanisms", [])
    threat = _section(pool, "UserPoolAddOns")
    verified = _section(pool, "UserAttributeUpdateSettings").get("AttributesRequireVerificationBeforeUpdate", [])
    found: Json = {"verify_attribute_updates": "email" in verified}
    if recovery:
        found["recovery"] = [row["Name"] for row in sorted(recovery, key=lambda row: row["Priority"])]
    if email.get("EmailSendingAccount") == "DEVELOPER":
        names = {"SourceArn": "source_arn", "From": "from_address", "ReplyToEmailAddress": "reply_to"}
        found["email"] = _renamed(email, names | {"ConfigurationSet": "configuration_set"})
    if sms:
        names = {"SnsCallerArn": "caller_role_arn", "ExternalId": "external_id", "SnsRegion": "region"}
        found["sms"] = _renamed(sms, names)
    if devices:
        on_prompt = devices.get("DeviceOnlyRememberedOnUserPrompt", False)
        found["devices"] = {
            "challenge_required_on_new_device": devices.get("ChallengeRequiredOnNewDevice", False),
            "device_only_remembered_on_user_prompt": on_prompt,
        }
    if passkeys:
        names = {"RelyingPartyId": "relying_party_id", "UserVerification": "user_verification"}
        found["passkeys"] = _renamed(passkeys, names)
    if threat.get("AdvancedSecurityMode", "OFF") != "OFF":
        custom = _section(threat, "AdvancedSecurityAdditionalFlows").get("CustomAuthMode")
        found["threat_protection"] = {"mode": threat["AdvancedSecurityMode"], "manage_actions": False}
        found["threat_protection"] |= {"custom_auth_mode": custom} if custom else {}
    return found


def _password_policy(pool: Json) -> Json:
    policy = _passwords(pool)
    kinds = {f"require_{kind.lower()}": policy.get(f"Require{kind}", False) for kind in _CHARACTERS}
    names = {
        "PasswordHistorySize": "history_size",
        "TemporaryPasswordValidityDays": "temporary_password_validity_days",
    }
    return kinds | _renamed(policy, names)


def _mfa(factors: Json) -> Json:
    email, sms = _section(factors, "EmailMfaConfiguration"), _section(factors, "SmsMfaConfiguration")
    return {
        "mode": factors.get("MfaConfiguration", "OFF"),
        "totp": bool(_section(factors, "SoftwareTokenMfaConfiguration").get("Enabled", False)),
        "sms": bool(sms.get("SmsConfiguration")) and factors.get("MfaConfiguration", "OFF") != "OFF",
        **({"email": _renamed(email, {"Message": "message", "Subject": "subject"})} if email else {}),
    }


def _messages(pool: Json) -> Json:
    template = _section(pool, "VerificationMessageTemplate")
    invitation = _section(_section(pool, "AdminCreateUserConfig"), "InviteMessageTemplate")
    found = _renamed(template, {"SmsMessage": "verification_sms"})
    if template.get("DefaultEmailOption") == "CONFIRM_WITH_LINK":
        names = {"EmailSubjectByLink": "subject", "EmailMessageByLink": "message"}
        found["verification_link"] = _renamed(template, names)
    else:
        found |= _renamed(template, {"EmailSubject": "verification_subject", "EmailMessage": "verification_message"})
    found |= _renamed(pool, {"SmsAuthenticationMessage": "authentication_sms"})
    names = {"EmailSubject": "invitation_subject", "EmailMessage": "invitation_message", "SMSMessage": "invitation_sms"}
    return found | _renamed(invitation, names)


def _attributes(pool: Json) -> Json:
    rows: list[Json] = pool.get("SchemaAttributes", [])
    custom = [_custom(row) for row in rows if row["Name"].startswith("custom:")]
    # Cognito lists `sub` as required in every pool.
    required = [row["Name"] for row in rows if row.get("Required") and row["Name"] != "sub"]
    # An attribute of developers cannot be declared, and a schema must be declared whole, or not at all.
    is_foreign = any(row["Name"].startswith("dev:") for row in rows)
    return {} if is_foreign else {"custom": custom, "required": required}


def _custom(row: Json) -> Json:
    text, number = (_section(row, f"{kind}AttributeConstraints") for kind in ("String", "Number"))
    limits = {"minimum": text.get("MinLength") or number.get("MinValue")}
    limits |= {"maximum": text.get("MaxLength") or number.get("MaxValue")}
    given = {name: int(value) for name, value in limits.items() if value is not None}
    name, kind = row["Name"].removeprefix("custom:"), row["AttributeDataType"]
    limited = kind != "String" or bool(given)
    return {"name": name, "type": kind, "mutable": row.get("Mutable", True), "limited": limited, **given}


def _triggers(pool: Json) -> Json:
    config = _section(pool, "LambdaConfig")
    found = _renamed(config, _TRIGGERS | {"KMSKeyID": "kms_key_arn"})
    for cognitos, ours in (("CustomEmailSender", "custom_email_sender"), ("CustomSMSSender", "custom_sms_sender")):
        found |= {ours: config[cognitos]["LambdaArn"]} if config.get(cognitos) else {}
    if token := config.get("PreTokenGenerationConfig"):
        found["pre_token_generation"] = {"function_arn": token["LambdaArn"], "version": token["LambdaVersion"]}
    return found | ({"permit": False} if found else {})


def _unmanaged(pool: Json) -> list[str]:
    absent = [argument for name, argument in _ABSENT.items() if not pool.get(name)]
    if pool.get("DeletionProtection") != "ACTIVE":
        absent.append("deletion_protection")
    # The texts that the stack would add where Cognito sends its own.
    if not _section(pool, "VerificationMessageTemplate").get("EmailMessage"):
        absent.append("verification_message_template")
    if not _section(pool, "AdminCreateUserConfig").get("InviteMessageTemplate"):
        absent.append("admin_create_user_config[0].invite_message_template")
    if (pool.get("AutoVerifiedAttributes") or []) != ["email"]:
        absent.append("auto_verified_attributes")
    return absent


def _passwords(pool: Json) -> Json:
    return _section(_section(pool, "Policies"), "PasswordPolicy")


def _section(document: Json, name: str) -> Json:
    return document.get(name) or {}


def _renamed(document: Json, names: dict[str, str]) -> Json:
    """Return the values that are there; an empty text is as good as none."""
    return {ours: document[cognitos] for cognitos, ours in names.items() if document.get(cognitos) not in {None, ""}}
