"""Administrator operations on users that ministack checks less strictly than Cognito.

Source: API_AdminCreateUser, API_AdminConfirmSignUp, API_AdminResetUserPassword, API_AdminSetUserPassword.
"""

from local.cognito import codes, records
from local.cognito.attributes import given_attributes, require_known
from local.cognito.emulator import Json, cognito, native, pool_of
from local.cognito.passwords import check_policy, keep_former
from local.cognito.recovery import why_unreachable
from local.cognito.refusals import Refusal, not_authorized
from local.cognito.users import find_user, require_user


def admin_create_user(data: Json) -> Json:
    """AdminCreateUser; an invitation is resent only while the user's status is FORCE_CHANGE_PASSWORD."""
    pool = pool_of(data)
    require_known(pool, data.get("UserAttributes") or [])
    user = find_user(pool, data["Username"])
    if data.get("MessageAction") == "RESEND" and user and user["UserStatus"] != "FORCE_CHANGE_PASSWORD":
        raise Refusal("UnsupportedUserStateException", "Resend not possible. User status is not FORCE_CHANGE_PASSWORD")
    if user and data.get("MessageAction") != "RESEND":
        raise Refusal("UsernameExistsException", "User account already exists")
    if user:
        # RESEND replaces the temporary password, and ministack repeats it.
        user["_password"] = data.get("TemporaryPassword") or cognito._generate_temp_password()
    return native("_admin_create_user", data | {"UserAttributes": given_attributes(data)})


def admin_confirm_sign_up(data: Json) -> Json:
    """AdminConfirmSignUp; as at AWS, it does not verify the address."""
    user = require_user(pool_of(data), data["Username"])
    if user["UserStatus"] != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user['UserStatus']}")
    codes.use_up(user, "sign-up")
    return native("_admin_confirm_sign_up", data)


def admin_reset_user_password(data: Json) -> Json:
    """AdminResetUserPassword; refused if the user cannot receive the code."""
    user = require_user(pool_of(data), data["Username"])
    if unreachable := why_unreachable(user):
        raise unreachable
    return native("_admin_reset_user_password", data)


def admin_set_user_password(data: Json) -> Json:
    """AdminSetUserPassword; checks the pool's password policy and history, and ends a lockout."""
    pool = pool_of(data)
    user = require_user(pool, data["Username"])
    check_policy(pool, user, data["Password"])
    keep_former(user)
    user.pop(records.FAILURES, None)
    return native("_admin_set_user_password", data)
