"""Sign-up and its confirmation.

Source: API_SignUp, API_ConfirmSignUp, API_ResendConfirmationCode; "Managing user existence error responses".
"""

import secrets

from local.cognito import challenge_sessions, codes
from local.cognito.attributes import given_attributes, require_complete, require_free_alias, require_writable
from local.cognito.emulator import Json, hides_user_existence, masked_delivery, native, pool_and_client, section
from local.cognito.refusals import Refusal, invalid_parameter, not_authorized
from local.cognito.users import attributes_of, find_user, remember_addresses, set_attributes


def sign_up(data: Json) -> Json:
    """SignUp; the password is optional if the pool allows sign-in by one-time code."""
    pool, client = pool_and_client(data)
    if section(pool, "AdminCreateUserConfig").get("AllowAdminCreateUserOnly"):
        raise not_authorized("SignUp is not permitted for this user pool")
    require_writable(pool, client, data.get("UserAttributes") or [])
    require_complete(pool, data)
    if find_user(pool, data["Username"]):
        raise Refusal("UsernameExistsException", "User already exists")
    without_password = not data.get("Password")
    if without_password:
        _require_passwordless(pool)
    answer = native(
        "_sign_up", data | {"UserAttributes": given_attributes(data), "Password": data.get("Password") or _throwaway()}
    )
    user = pool["_users"].get(answer["UserSub"]) or pool["_users"][data["Username"]]
    if without_password:
        user["_password"] = None
    remember_addresses(pool, user)
    attributes = attributes_of(user)
    if "email" in attributes:
        set_attributes(user, email_verified=attributes.get("email_verified", "false"))
    if answer.pop("CodeDeliveryDetails", None) and "email" in pool.get("AutoVerifiedAttributes", []):
        answer["CodeDeliveryDetails"] = masked_delivery(attributes["email"])
    if "ALLOW_USER_AUTH" in (client.get("ExplicitAuthFlows") or []):
        answer["Session"] = challenge_sessions.begin(client, user["Username"], "SIGNED_UP")
    return answer


def confirm_sign_up(data: Json) -> Json:
    """ConfirmSignUp."""
    pool, client = pool_and_client(data)
    user = find_user(pool, data["Username"])
    if user is None:
        # ministack handles unknown users according to the client's PreventUserExistenceErrors.
        return native("_confirm_sign_up", data)
    if user["UserStatus"] != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user['UserStatus']}")
    codes.check(user, "sign-up", data["ConfirmationCode"])
    require_free_alias(pool, user)
    follow_up = _session_after(client, user, data.get("Session"))
    codes.use_up(user, "sign-up")
    user["UserStatus"] = "CONFIRMED"
    set_attributes(user, email_verified="true")
    remember_addresses(pool, user)
    return follow_up


def resend_confirmation_code(data: Json) -> Json:
    """ResendConfirmationCode."""
    pool, client = pool_and_client(data)
    user = find_user(pool, data["Username"])
    if user and not user.get("Enabled", True) and hides_user_existence(client):
        return {"CodeDeliveryDetails": masked_delivery(data["Username"])}
    if user and user["UserStatus"] != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    if user:
        codes.count_resend(user, "sign-up")
    return native("_resend_confirmation_code", data)


def _session_after(client: Json, user: Json, session: str | None) -> Json:
    if not session:
        return {}
    signed_up = challenge_sessions.read(session, client["ClientId"], "SIGNED_UP")
    challenge_sessions.close(session)
    if signed_up.username != user["Username"]:
        raise not_authorized("Invalid session for the user.")
    return {"Session": challenge_sessions.begin(client, user["Username"], "CONFIRMED_SIGN_UP")}


def _require_passwordless(pool: Json) -> None:
    allowed = section(pool, "Policies", "SignInPolicy").get("AllowedFirstAuthFactors", [])
    if not {"EMAIL_OTP", "SMS_OTP"} & set(allowed):
        raise Refusal("InvalidPasswordException", "Password did not conform with policy: Password not long enough")


def _throwaway() -> str:
    # ministack requires a password; ``sign_up`` removes it afterwards.
    return f"aA1!{secrets.token_urlsafe(64)}"
