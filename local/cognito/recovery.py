"""Password recovery, reset and change.

Source: API_ForgotPassword, API_ConfirmForgotPassword, API_ChangePassword, "Managing user existence error responses".
"""

from local.cognito import codes
from local.cognito.emulator import Json, hides_user_existence, masked_delivery, native, pool_and_client, section
from local.cognito.passwords import check_password, set_password
from local.cognito.refusals import Refusal, invalid_parameter, limit_exceeded, not_authorized
from local.cognito.users import attributes_of, find_user, user_of_token


def forgot_password(data: Json) -> Json:
    """ForgotPassword: mail a code to a verified address, or simulate the delivery."""
    pool, client = pool_and_client(data)
    user = find_user(pool, data["Username"])
    if _recovery_is_by_administrators(pool):
        raise not_authorized("Contact administrator to reset password.")
    if user is None:
        return native("_forgot_password", data)
    unreachable = why_unreachable(user)
    if unreachable and hides_user_existence(client):
        return {"CodeDeliveryDetails": masked_delivery(data["Username"])}
    if unreachable:
        raise unreachable
    codes.count_resend(user, "reset")
    return native("_forgot_password", data)


def confirm_forgot_password(data: Json) -> Json:
    """ConfirmForgotPassword."""
    pool, client = pool_and_client(data)
    user = find_user(pool, data["Username"])
    if user is None or (not user.get("Enabled", True) and hides_user_existence(client)):
        # The empty user name makes ministack treat a hidden user as unknown.
        return native("_confirm_forgot_password", data | {"Username": data["Username"] if user is None else ""})
    codes.check(user, "reset", data["ConfirmationCode"])
    set_password(pool, user, data["Password"])
    codes.use_up(user, "reset")
    return {}


def change_password(data: Json) -> Json:
    """ChangePassword; wrong passwords count towards the lockout, as at sign-in."""
    pool, user = user_of_token(data)
    if user.get("_password"):
        if not data.get("PreviousPassword"):
            raise invalid_parameter("Missing required parameter OldPassword")
        _check_previous(user, data["PreviousPassword"])
    set_password(pool, user, data["ProposedPassword"])
    return {}


def _recovery_is_by_administrators(pool: Json) -> bool:
    mechanisms: list[Json] = section(pool, "AccountRecoverySetting").get("RecoveryMechanisms") or []
    return [row["Name"] for row in mechanisms] == ["admin_only"]


def why_unreachable(user: Json) -> Refusal | None:
    """Return AWS's error for a user that cannot receive a reset code, or None."""
    if not user.get("Enabled", True):
        return not_authorized("User is disabled.")
    if user["UserStatus"] == "FORCE_CHANGE_PASSWORD":
        return not_authorized("User password cannot be reset in the current state.")
    if attributes_of(user).get("email_verified") != "true":
        message = "Cannot reset password for the user as there is no registered/verified email or phone_number"
        return invalid_parameter(message)
    return None


def _check_previous(user: Json, password: str) -> None:
    try:
        check_password(user, password)
    except Refusal as refusal:
        raise limit_exceeded() if "exceeded" in refusal.message else refusal from None
