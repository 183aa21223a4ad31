"""Checks of ``api.doctor``: what the API requires of its pool and client, and this project's defaults."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from api.config.settings import Settings

Json = dict[str, Any]
Level = Literal["ok", "missing", "weak", "unknown"]
_HOUR = 60
_MINUTES = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 24 * 60}
_LEAST_LENGTH = 8
_LONGEST_SESSION_DAYS = 30


@dataclass(frozen=True)
class Live:
    """Live configuration of the pool and the client."""

    settings: Settings
    pool: Json
    mfa: Json
    client: Json


@dataclass(frozen=True)
class Check:
    """One check: its name, its predicate, and the fix to print when the predicate is false."""

    level: Level
    name: str
    holds: Callable[[Live], bool]
    fix: str


def _flow(name: str) -> Callable[[Live], bool]:
    return lambda live: name in live.client.get("ExplicitAuthFlows", [])


def _factors(live: Live) -> set[str]:
    return {*live.pool.get("Policies", {}).get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ["PASSWORD"])}


def _minutes(client: Json, token: str, default_unit: str) -> float:
    """Return a token's lifetime in minutes; an hour when the client does not set one."""
    unit = client.get("TokenValidityUnits", {}).get(token, default_unit)
    value = client.get(f"{token}Validity")
    return value * _MINUTES[unit] if value else _HOUR


def _password_is_strong(live: Live) -> bool:
    policy = live.pool.get("Policies", {}).get("PasswordPolicy", {})
    kinds = ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols")
    return policy.get("MinimumLength", 0) >= _LEAST_LENGTH and all(policy.get(kind) for kind in kinds)


def _policy_is_known(live: Live) -> bool:
    known, policy = (
        live.settings.stack_outputs.cognito_password_policy,
        live.pool.get("Policies", {}).get("PasswordPolicy", {}),
    )
    return (known.minimum_length, known.require_symbols) == (policy.get("MinimumLength"), policy.get("RequireSymbols"))


def _hosted(live: Live) -> bool:
    oauth = live.settings.oauth
    return oauth is None or (
        oauth.callback_url in live.client.get("CallbackURLs", [])
        and oauth.logout_url in live.client.get("LogoutURLs", [])
        and {*live.settings.oauth_scopes.split()} <= {*live.client.get("AllowedOAuthScopes", [])}
        and "code" in live.client.get("AllowedOAuthFlows", [])
        and live.client.get("AllowedOAuthFlowsUserPoolClient") is True
    )


def _required(live: Live) -> set[str]:
    return {row["Name"] for row in live.pool.get("SchemaAttributes", []) if row.get("Required")} - {"sub"}


def _profile(live: Live) -> bool:
    wanted = {"email", *live.settings.profile_attributes}
    readable = {*live.client.get("ReadAttributes", [])}
    writable = {*live.client.get("WriteAttributes", [])}
    return (not readable or {*wanted, "email_verified"} <= readable) and (not writable or wanted <= writable)


def _passwordless(live: Live) -> bool:
    factors = _factors(live)
    by_passkey = "WEB_AUTHN" in factors and live.settings.passkey_relying_party
    return _flow("ALLOW_USER_AUTH")(live) and ("EMAIL_OTP" in factors or bool(by_passkey))


def _recovers_by_mail(live: Live) -> bool:
    ways = live.pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [{"Name": "verified_email"}])
    return any(way["Name"] == "verified_email" for way in ways)


def _factor_can_be_set_up(live: Live) -> bool:
    by_app = live.mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    return live.pool.get("MfaConfiguration") != "ON" or bool(by_app) or "EmailMfaConfiguration" in live.mfa


def _tells_callers_apart(live: Live) -> bool:
    mode = live.pool.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF")
    return mode == "OFF" or live.settings.stack_outputs.cognito_propagate_user_context


CHECKS = [
    Check(
        "missing",
        "users sign in with their e-mail address",
        lambda live: "email" in live.pool.get("UsernameAttributes", []),
        "create the pool with username_attributes email; it cannot be changed later",
    ),
    Check(
        "missing",
        "e-mail addresses are verified at sign-up",
        lambda live: "email" in live.pool.get("AutoVerifiedAttributes", []),
        "set auto_verified_attributes to email",
    ),
    Check(
        "missing",
        "sign-up needs no attribute but the e-mail address",
        lambda live: _required(live) <= {"email"},
        "invite users, and set these attributes there: POST /signup does not ask for them; create a pool without them",
    ),
    Check(
        "missing",
        "devices are not remembered",
        lambda live: not live.pool.get("DeviceConfiguration"),
        "remove device_configuration: Cognito would refuse to refresh tokens without a device key, which is not sent",
    ),
    Check(
        "missing",
        "Cognito can send e-mails",
        lambda live: not live.pool.get("EmailConfigurationFailure"),
        "see EmailConfigurationFailure of the pool: mend its SES identity or the role of its e-mail configuration",
    ),
    Check(
        "missing",
        "Cognito can send text messages, where it is set up for them",
        lambda live: not live.pool.get("SmsConfigurationFailure"),
        "see SmsConfigurationFailure of the pool: mend the role of its SMS configuration, or leave the SNS sandbox",
    ),
    Check(
        "missing",
        "the client has a secret",
        lambda live: (
            bool(live.client.get("ClientSecret"))
            or live.settings.stack_outputs.cognito_user_pool_client_secret_arn is not None
        ),
        "create a client with generate_secret",
    ),
    Check(
        "missing",
        "sign-in with a password is allowed",
        _flow("ALLOW_USER_PASSWORD_AUTH"),
        "add ALLOW_USER_PASSWORD_AUTH to explicit_auth_flows",
    ),
    Check(
        "missing",
        "sign-in without a password is allowed when PASSWORDLESS is on",
        lambda live: not live.settings.passwordless or _passwordless(live),
        "add EMAIL_OTP, or WEB_AUTHN with PASSKEY_RELYING_PARTY, to first_factors, and ALLOW_USER_AUTH to "
        "explicit_auth_flows; or PASSWORDLESS=off",
    ),
    Check(
        "missing",
        "PASSKEY_RELYING_PARTY matches the pool",
        lambda live: (
            live.settings.passkey_relying_party
            in {None, live.mfa.get("WebAuthnConfiguration", {}).get("RelyingPartyId")}
        ),
        "use the same domain in both",
    ),
    Check(
        "missing",
        "PASSKEY_USER_VERIFICATION matches the pool",
        lambda live: (
            live.settings.passkey_relying_party is None
            or live.mfa.get("WebAuthnConfiguration", {}).get("UserVerification", "preferred")
            == live.settings.passkey_user_verification
        ),
        "use the same value in both",
    ),
    Check(
        "missing",
        "the client allows the OAuth URLs, scopes and flow of the API",
        _hosted,
        "add OAUTH_CALLBACK_URL, OAUTH_LOGOUT_URL (exactly as written), OAUTH_SCOPES and the flow code to the client",
    ),
    Check(
        "missing",
        "the client may read email and email_verified, and read and write email and PROFILE_ATTRIBUTES",
        _profile,
        "extend read_attributes and write_attributes of the client, or shorten PROFILE_ATTRIBUTES",
    ),
    Check(
        "missing",
        "the password policy in the outputs matches the pool",
        _policy_is_known,
        "deploy again to update the outputs; with another policy, sign-up reveals which addresses are taken",
    ),
    Check(
        "missing",
        "AUTH_SESSION_VALIDITY matches the client",
        lambda live: live.client.get("AuthSessionValidity", 3) == live.settings.auth_session_validity,
        "use the same number of minutes in both",
    ),
    Check(
        "missing",
        "the client accepts the caller's IP address",
        lambda live: (
            not live.settings.stack_outputs.cognito_propagate_user_context
            or live.client.get("EnablePropagateAdditionalUserContextData") is True
        ),
        "enable propagate_user_context on the client, or disable it in the outputs",
    ),
    Check(
        "weak",
        "Cognito does not reveal which accounts exist",
        lambda live: live.client.get("PreventUserExistenceErrors") == "ENABLED",
        "set prevent_user_existence_errors to ENABLED",
    ),
    Check(
        "weak",
        "tokens can be revoked",
        lambda live: live.client.get("EnableTokenRevocation") is True,
        "set enable_token_revocation",
    ),
    Check(
        "weak",
        "refresh tokens rotate",
        lambda live: live.client.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED",
        "enable refresh_token_rotation",
    ),
    Check(
        "weak",
        "the implicit grant is disabled",
        lambda live: "implicit" not in live.client.get("AllowedOAuthFlows", []),
        "remove implicit from allowed_oauth_flows",
    ),
    Check(
        "weak",
        "the client lists its writable attributes",
        lambda live: bool(live.client.get("WriteAttributes")),
        "set write_attributes; without it, an access token can write all attributes",
    ),
    Check(
        "weak",
        "access tokens are valid for at most an hour",
        lambda live: _minutes(live.client, "AccessToken", "hours") <= _HOUR,
        "set access_token_validity_minutes to 60 or less",
    ),
    Check(
        "weak",
        "refresh tokens are valid for at most 30 days",
        lambda live: _minutes(live.client, "RefreshToken", "days") <= _LONGEST_SESSION_DAYS * 24 * _HOUR,
        "set refresh_token_validity_days to 30 or less",
    ),
    Check(
        "weak",
        "a new e-mail address takes effect only after verification",
        lambda live: (
            "email"
            in live.pool.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate", [])
        ),
        "set verify_attribute_updates",
    ),
    Check(
        "weak",
        f"passwords require {_LEAST_LENGTH} characters and every kind of character",
        _password_is_strong,
        f"set password_minimum_length to {_LEAST_LENGTH} or more, and require every kind of character",
    ),
    Check(
        "weak",
        "second factors can be used",
        lambda live: live.pool.get("MfaConfiguration", "OFF") != "OFF",
        "set mfa.mode to OPTIONAL or ON",
    ),
    Check(
        "weak",
        "the pool cannot be deleted by mistake",
        lambda live: live.pool.get("DeletionProtection") == "ACTIVE",
        "set deletion_protection to ACTIVE",
    ),
    Check(
        "missing",
        "e-mail addresses are case-insensitive",
        lambda live: live.pool.get("UsernameConfiguration", {}).get("CaseSensitive") is False,
        "create the pool with case_sensitive false, which cannot be changed later; here only users with an address in "
        "lower case can sign in",
    ),
    Check(
        "missing",
        "verification mails have a code and no link",
        lambda live: (
            live.pool.get("VerificationMessageTemplate", {}).get("DefaultEmailOption", "CONFIRM_WITH_CODE")
            == "CONFIRM_WITH_CODE"
        ),
        "set default_email_option to CONFIRM_WITH_CODE: a link confirms an account without proof of its password",
    ),
    Check(
        "missing",
        "a password can be reset by mail",
        _recovers_by_mail,
        "add verified_email to recovery: without it users cannot set a password after POST /password/forgot",
    ),
    Check(
        "missing",
        "users can set up the second factor that the pool requires",
        _factor_can_be_set_up,
        "switch on mfa.totp or mfa.email, or set mfa.mode to OPTIONAL: the API cannot take a first telephone number",
    ),
    Check(
        "weak",
        "sign-ups are not confirmed without a code",
        lambda live: "PreSignUp" not in live.pool.get("LambdaConfig", {}),
        "make sure that the PreSignUp trigger does not confirm users: anyone could then sign up with any address",
    ),
    Check(
        "weak",
        "threat protection tells callers apart",
        _tells_callers_apart,
        "enable propagate_user_context, or Cognito sees one IP address for all users",
    ),
]
