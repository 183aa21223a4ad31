"""What ``api.doctor`` looks at: what the API needs of its pool and client, and what our defaults are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from api.config.settings import Settings

Json = dict[str, Any]
Level = Literal["ok", "missing", "weak", "unknown"]
_HOUR = 60
_MINUTES = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 24 * 60}
_LEAST_LENGTH = 12
_LONGEST_SESSION_DAYS = 30


@dataclass(frozen=True)
class Live:
    """The pool and the client as they are."""

    settings: Settings
    pool: Json
    mfa: Json
    client: Json


@dataclass(frozen=True)
class Check:
    """One thing to look at: what it is, whether it holds, and what to do when it does not."""

    level: Level
    name: str
    holds: Callable[[Live], bool]
    fix: str


def _flow(name: str) -> Callable[[Live], bool]:
    return lambda live: name in live.client.get("ExplicitAuthFlows", [])


def _factors(live: Live) -> set[str]:
    return {*live.pool.get("Policies", {}).get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ["PASSWORD"])}


def _minutes(client: Json, token: str, default_unit: str) -> float:
    """Return how long a token lives; Cognito's default where the client says nothing (an hour)."""
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
    )


def _profile(live: Live) -> bool:
    wanted = {"email", *live.settings.profile_attributes}
    readable = live.client.get("ReadAttributes") or wanted
    writable = live.client.get("WriteAttributes") or wanted
    return wanted <= {*readable} and wanted <= {*writable}


CHECKS = [
    Check(
        "missing",
        "people sign in by e-mail address",
        lambda live: "email" in live.pool.get("UsernameAttributes", []),
        "make the pool with username_attributes email: it cannot be changed",
    ),
    Check(
        "missing",
        "addresses are verified at sign-up",
        lambda live: "email" in live.pool.get("AutoVerifiedAttributes", []),
        "auto_verified_attributes email",
    ),
    Check(
        "missing",
        "the client has a secret",
        lambda live: (
            bool(live.client.get("ClientSecret"))
            or live.settings.stack_outputs.cognito_user_pool_client_secret_arn is not None
        ),
        "a client with generate_secret",
    ),
    Check(
        "missing",
        "sign-in by password is allowed",
        _flow("ALLOW_USER_PASSWORD_AUTH"),
        "explicit_auth_flows ALLOW_USER_PASSWORD_AUTH",
    ),
    Check(
        "missing",
        "sign-in without a password is allowed, as PASSWORDLESS says",
        lambda live: not live.settings.passwordless or (_flow("ALLOW_USER_AUTH")(live) and len(_factors(live)) > 1),
        "first_factors beside PASSWORD and ALLOW_USER_AUTH, or PASSWORDLESS=off",
    ),
    Check(
        "missing",
        "passkeys are for PASSKEY_RELYING_PARTY",
        lambda live: (
            live.settings.passkey_relying_party
            in {None, live.mfa.get("WebAuthnConfiguration", {}).get("RelyingPartyId")}
        ),
        "the same domain at the pool and in PASSKEY_RELYING_PARTY",
    ),
    Check(
        "missing",
        "PASSKEY_USER_VERIFICATION is the pool's",
        lambda live: (
            live.settings.passkey_relying_party is None
            or live.mfa.get("WebAuthnConfiguration", {}).get("UserVerification", "preferred")
            == live.settings.passkey_user_verification
        ),
        "the same word in both",
    ),
    Check(
        "missing",
        "the hosted pages know the API's addresses and scopes",
        _hosted,
        "OAUTH_CALLBACK_URL and OAUTH_LOGOUT_URL to the letter among the client's, OAUTH_SCOPES among its scopes",
    ),
    Check(
        "missing",
        "/me may read and write PROFILE_ATTRIBUTES",
        _profile,
        "read_attributes and write_attributes of the client, or a shorter PROFILE_ATTRIBUTES",
    ),
    Check(
        "missing",
        "the password policy of the outputs is the pool's",
        _policy_is_known,
        "deploy again, so that the outputs say what is: else sign-up tells new addresses from taken ones",
    ),
    Check(
        "missing",
        "AUTH_SESSION_VALIDITY is the client's",
        lambda live: live.client.get("AuthSessionValidity", 3) == live.settings.auth_session_validity,
        "the same minutes in both",
    ),
    Check(
        "missing",
        "the caller's address may be told",
        lambda live: (
            not live.settings.stack_outputs.cognito_propagate_user_context
            or live.client.get("EnablePropagateAdditionalUserContextData") is True
        ),
        "propagate_user_context at the client, or not in the outputs",
    ),
    Check(
        "weak",
        "Cognito does not tell who has an account",
        lambda live: live.client.get("PreventUserExistenceErrors") == "ENABLED",
        "prevent_user_existence_errors ENABLED",
    ),
    Check(
        "weak",
        "tokens can be revoked",
        lambda live: live.client.get("EnableTokenRevocation") is True,
        "enable_token_revocation",
    ),
    Check(
        "weak",
        "refresh tokens rotate",
        lambda live: live.client.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED",
        "refresh_token_rotation",
    ),
    Check(
        "weak",
        "no implicit grant",
        lambda live: "implicit" not in live.client.get("AllowedOAuthFlows", []),
        "leave implicit out of allowed_oauth_flows",
    ),
    Check(
        "weak",
        "write attributes are listed",
        lambda live: bool(live.client.get("WriteAttributes")),
        "write_attributes: unset, an access token writes them all",
    ),
    Check(
        "weak",
        "access tokens live for an hour at most",
        lambda live: _minutes(live.client, "AccessToken", "hours") <= _HOUR,
        "access_token_validity_minutes 60 or less",
    ),
    Check(
        "weak",
        "refresh tokens live for a month at most",
        lambda live: _minutes(live.client, "RefreshToken", "days") <= _LONGEST_SESSION_DAYS * 24 * _HOUR,
        "refresh_token_validity_days 30 or less",
    ),
    Check(
        "weak",
        "a new address counts once it is verified",
        lambda live: (
            "email"
            in live.pool.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate", [])
        ),
        "verify_attribute_updates",
    ),
    Check(
        "weak",
        "passwords have 12 characters of every kind",
        _password_is_strong,
        "password_minimum_length 12 or more, and every kind",
    ),
    Check(
        "weak",
        "second factors can be used",
        lambda live: live.pool.get("MfaConfiguration", "OFF") != "OFF",
        "mfa.mode OPTIONAL or ON",
    ),
    Check(
        "weak",
        "the pool cannot be deleted by mistake",
        lambda live: live.pool.get("DeletionProtection") == "ACTIVE",
        "deletion_protection ACTIVE",
    ),
    Check(
        "weak",
        "addresses are one person in any case",
        lambda live: live.pool.get("UsernameConfiguration", {}).get("CaseSensitive") is False,
        "case_sensitive false: it cannot be changed",
    ),
]
