"""Steps of a sign-in: factors, challenges, and the step after each.

Source: "Authentication flows" and "Adding MFA" of the developer guide; API_RespondToAuthChallenge.
"""

import json
import time

from local.cognito import challenge_sessions, codes, passkeys, records
from local.cognito.emulator import Json, cognito, masked_delivery, section, tokens
from local.cognito.passwords import check_password, require_unlocked
from local.cognito.refusals import Refusal, invalid_parameter, not_authorized, not_implemented
from local.cognito.users import attributes_of

_DAY = 86400


def by_password(pool: Json, client: Json, user: Json, password: object) -> Json:
    """Check a password as the first factor and return the next step."""
    require_enabled(user)
    # As at AWS, for any password (aws/aws-sdk-js#4608, aws-amplify/amplify-js#4516).
    refuse_by_status(user)
    check_password(user, password)
    return after_password(pool, client, user)


def after_password(pool: Json, client: Json, user: Json) -> Json:
    """Return tokens, or the challenge that ``user`` must complete first."""
    if user["UserStatus"] == "FORCE_CHANGE_PASSWORD":
        return _new_password_required(pool, client, user)
    return second_factor(pool, client, user) or signed_in(pool, client, user)


def signed_in(pool: Json, client: Json, user: Json) -> Json:
    """Return the tokens of a new session."""
    return {"ChallengeParameters": {}, "AuthenticationResult": tokens(pool, client, user)}


def challenge(client: Json, user: Json, name: str, parameters: Json | None = None, **kept: object) -> Json:
    """Open a session for the challenge ``name`` and return it."""
    session = challenge_sessions.begin(client, user["Username"], name, **kept)
    # The user name for SECRET_HASH in the challenge response. AWS documents it for some challenges; without it, clients
    # with a secret could not respond to the others.
    for_hash = {"USER_ID_FOR_SRP": user["Username"]}
    return {"ChallengeName": name, "Session": session, "ChallengeParameters": for_hash | (parameters or {})}


def first_factors(pool: Json, user: Json) -> list[str]:
    """Return the first factors that the pool allows and ``user`` has.

    One-time codes and passkeys are not followed by a second factor, so users that need one can only use the password.
    """
    mode = pool.get("MfaConfiguration", "OFF")
    if mode == "ON" or (mode == "OPTIONAL" and user.get("_mfa_enabled")):
        return ["PASSWORD"] if user.get("_password") else []
    allowed = section(pool, "Policies", "SignInPolicy").get("AllowedFirstAuthFactors", ["PASSWORD"])
    has = {
        "PASSWORD": bool(user.get("_password")),
        "EMAIL_OTP": attributes_of(user).get("email_verified") == "true",
        "WEB_AUTHN": bool(user.get(records.PASSKEYS)),
    }
    return [factor for factor in allowed if has.get(factor)]


def first_factor(pool: Json, client: Json, user: Json, name: str, parameters: Json) -> Json:
    """Start with the factor ``name``: return its challenge, or check a password given in ``parameters``."""
    require_enabled(user)
    match name:
        case "PASSWORD" if parameters.get("PASSWORD"):
            return by_password(pool, client, user, parameters["PASSWORD"])
        case "PASSWORD":
            return challenge(client, user, "PASSWORD")
        case "EMAIL_OTP":
            require_unlocked(user)
            refuse_by_status(user)
            return email_otp(pool, client, user)
        case "WEB_AUTHN":
            options = passkeys.request_options(pool, user)
            return challenge(client, user, name, {"CREDENTIAL_REQUEST_OPTIONS": options}, options=options)
        case _:
            raise not_implemented(f"The first factor {name}")


def email_otp(pool: Json, client: Json, user: Json) -> Json:
    """Mail a one-time code, which replaces the previous one, and return its challenge."""
    code = codes.issue(user, "otp")
    attributes = attributes_of(user)
    cognito._send_email_otp(pool, user["Username"], attributes, code)
    delivery = masked_delivery(attributes["email"])
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": delivery["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": delivery["Destination"],
    }
    return challenge(client, user, "EMAIL_OTP", parameters)


def second_factor(pool: Json, client: Json, user: Json) -> Json | None:
    """Return the challenge for a second factor if the settings of pool and user require one, else None."""
    mode = pool.get("MfaConfiguration", "OFF")
    enabled: list[str] = user.get("_mfa_enabled", []) if mode != "OFF" else []
    if mode == "ON" and not enabled:
        can_set_up = json.dumps(["SOFTWARE_TOKEN_MFA"])
        return challenge(client, user, "MFA_SETUP", {"MFAS_CAN_SETUP": can_set_up})
    preferred = user.get("_preferred_mfa")
    chosen = preferred if preferred in enabled else (enabled[0] if len(enabled) == 1 else None)
    if chosen:
        return second_factor_of(pool, client, user, chosen)
    can_choose = json.dumps(enabled)
    return challenge(client, user, "SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": can_choose}) if enabled else None


def second_factor_of(pool: Json, client: Json, user: Json, name: str) -> Json:
    """Return the challenge of the second factor ``name``."""
    if name not in user.get("_mfa_enabled", []):
        raise Refusal("MFAMethodNotFoundException", "No MFA method of this kind is set up.")
    if name == "EMAIL_OTP":
        return email_otp(pool, client, user)
    return challenge(client, user, name, {"FRIENDLY_DEVICE_NAME": "TOTP device"})


def require_enabled(user: Json) -> None:
    """Raise NotAuthorizedException for a disabled user."""
    if not user.get("Enabled", True):
        raise not_authorized("User is disabled.")


def refuse_by_status(user: Json) -> None:
    """Raise for a user that is unconfirmed or must reset the password."""
    if user["UserStatus"] == "UNCONFIRMED":
        raise Refusal("UserNotConfirmedException", "User is not confirmed.")
    if user["UserStatus"] == "RESET_REQUIRED":
        raise Refusal("PasswordResetRequiredException", "Password reset required for the user")


def require(parameters: Json, *names: str) -> None:
    """Raise InvalidParameterException for a missing or empty parameter."""
    for name in names:
        if not parameters.get(name):
            raise invalid_parameter(f"Missing required parameter {name}")


def _new_password_required(pool: Json, client: Json, user: Json) -> Json:
    days = section(pool, "Policies", "PasswordPolicy").get("TemporaryPasswordValidityDays", 7)
    if time.time() > user["UserLastModifiedDate"] + days * _DAY:
        raise not_authorized("Temporary password has expired and must be reset by an administrator.")
    attributes = {name: value for name, value in attributes_of(user).items() if name != "sub"}
    parameters = {"requiredAttributes": "[]", "userAttributes": json.dumps(attributes)}
    return challenge(client, user, "NEW_PASSWORD_REQUIRED", parameters)
