"""TOTP as a second factor (set-up, verification, single-use codes), and the preferences for all second factors.

Source: RFC 6238, sections 4 and 5.2; API_AssociateSoftwareToken, API_VerifySoftwareToken, API_SetUserMFAPreference.
"""

import base64
import secrets
import time

from local.cognito import challenge_sessions, records
from local.cognito.emulator import Json, cognito, pool_and_client, pool_of, section
from local.cognito.refusals import Refusal, invalid_parameter, not_implemented
from local.cognito.users import attributes_of, require_user, user_of_token

_STEP_SECONDS = 30
_KINDS = {"SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA", "EmailMfaSettings": "EMAIL_OTP"}


def associate_software_token(data: Json) -> Json:
    """AssociateSoftwareToken: for a signed-in user, or in the session of an MFA_SETUP challenge."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    if not data.get("Session"):
        pool, user = user_of_token(data)
        _require_enabled(pool)
        user["_totp_pending_secret"] = secret
        return {"SecretCode": secret}
    pool, client, user = _user_in_session(data["Session"])
    _require_enabled(pool)
    challenge_sessions.close(data["Session"])
    session = challenge_sessions.begin(client, user["Username"], "MFA_SETUP", secret=secret)
    return {"SecretCode": secret, "Session": session}


def verify_software_token(data: Json) -> Json:
    """VerifySoftwareToken: store the secret; it becomes a factor by MFA_SETUP or SetUserMFAPreference."""
    if not data.get("Session"):
        _, user = user_of_token(data)
        _adopt(user, user.get("_totp_pending_secret"), data["UserCode"])
        user.pop("_totp_pending_secret")
        return {"Status": "SUCCESS"}
    _, client, user = _user_in_session(data["Session"])
    session = challenge_sessions.read(data["Session"], None, "MFA_SETUP")
    _adopt(user, session.kept.get("secret"), data["UserCode"])
    challenge_sessions.close(data["Session"])
    user.setdefault("_mfa_enabled", []).append("SOFTWARE_TOKEN_MFA")
    return {
        "Status": "SUCCESS",
        "Session": challenge_sessions.begin(client, user["Username"], "MFA_SETUP", verified=True),
    }


def redeem(user: Json, code: object) -> bool:
    """Return whether ``code`` is valid; raise ExpiredCodeException for a code that has been used."""
    step = _step_of(user.get("_totp_secret"), code)
    if step is None:
        return False
    if step <= user.get(records.TOTP_LAST_STEP, 0):
        raise Refusal("ExpiredCodeException", "Your software token has already been used once.")
    user[records.TOTP_LAST_STEP] = step
    return True


def set_user_mfa_preference(data: Json) -> Json:
    """SetUserMFAPreference."""
    return _prefer(*user_of_token(data), data)


def admin_set_user_mfa_preference(data: Json) -> Json:
    """AdminSetUserMFAPreference."""
    pool = pool_of(data)
    return _prefer(pool, require_user(pool, data["Username"]), data)


def _prefer(pool: Json, user: Json, data: Json) -> Json:
    if section(data, "SMSMfaSettings").get("Enabled"):
        raise not_implemented("SMS_MFA")
    for field, kind in _KINDS.items():
        settings: Json | None = data.get(field)
        if settings is not None:
            _set_preference(pool, user, kind, settings)
    return {}


def _set_preference(pool: Json, user: Json, kind: str, settings: Json) -> None:
    enabled: list[str] = [other for other in user.get("_mfa_enabled", []) if other != kind]
    if settings.get("Enabled"):
        _require_usable(pool, user, kind)
        enabled.append(kind)
    user["_mfa_enabled"] = enabled
    if settings.get("PreferredMfa") and kind in enabled:
        user["_preferred_mfa"] = kind
    elif user.get("_preferred_mfa") == kind:
        user["_preferred_mfa"] = ""


def _require_usable(pool: Json, user: Json, kind: str) -> None:
    if kind == "SOFTWARE_TOKEN_MFA" and not user.get("_totp_secret"):
        raise invalid_parameter("User has not verified software token mfa")
    if kind == "EMAIL_OTP":
        if not pool.get("EmailMfaConfiguration"):
            raise invalid_parameter("Email MFA is not enabled for the user pool")
        if attributes_of(user).get("email_verified") != "true":
            raise invalid_parameter("User does not have a verified email address")


def _require_enabled(pool: Json) -> None:
    if not section(pool, "SoftwareTokenMfaConfiguration").get("Enabled"):
        raise Refusal("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")


def _user_in_session(token: str) -> tuple[Json, Json, Json]:
    session = challenge_sessions.read(token, None, "MFA_SETUP")
    pool, client = pool_and_client({"ClientId": session.client_id})
    return pool, client, require_user(pool, session.username)


def _adopt(user: Json, secret: str | None, code: object) -> None:
    step = _step_of(secret, code)
    if step is None:
        raise Refusal("EnableSoftwareTokenMFAException", "Code mismatch")
    user |= {"_totp_secret": secret, records.TOTP_LAST_STEP: step}


def _step_of(secret: str | None, code: object) -> int | None:
    """Return the time step of ``code`` (the current, previous or next one), or None."""
    now = int(time.time() // _STEP_SECONDS)
    steps = {now + offset: cognito._totp_code(secret, offset) for offset in (-1, 0, 1)} if secret else {}
    return next((step for step, right in steps.items() if right == code), None)
