"""Scenarios: Passwords."""

from typing import Any

from tests.conformance.pool_fixture import OTHER, PASSWORD, WRONG, PoolFixture, refused
from tests.conformance.scenario import EXPIRED, LIMIT, MISMATCH, NOT_AUTHORIZED, scenario
from tests.conformance.settings import reset

HISTORY = {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}, "UserPoolTier": "ESSENTIALS"}


RECOVERY = {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}}


@scenario("Passwords", "A reset code resets the password once", "API_ConfirmForgotPassword")
def a_reset_code_resets_the_password_once(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    pool.api.forgot_password(**pool.for_user(email))
    code = pool.emulator.code_for(pool.pool_id, email)
    wrong = "000000" if code != "000000" else "000001"
    refused(MISMATCH, lambda: reset(pool, email, wrong))
    reset(pool, email, code)
    assert pool.tokens(email, OTHER)
    refused(EXPIRED, lambda: reset(pool, email, code))


ALL_KINDS = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
        }
    }
}


@scenario(
    "Passwords",
    "A space inside is a symbol; only letters and digits of ASCII count",
    "GUIDE: Adding user pool password requirements",
    pool=ALL_KINDS,
)
def a_space_inside_is_a_symbol(pool: PoolFixture) -> None:
    assert pool.sign_up(password="Correct Horse9")
    for password in ("CorrectHorse9", "\u00c9correct-horse9", "Correct-Horse\u0663"):
        refused("InvalidPasswordException", lambda password=password: pool.sign_up(password=password))


@scenario("Passwords", "A refused new password does not consume the reset code", "API_ConfirmForgotPassword")
def a_refused_new_password_does_not_consume_the_reset_code(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    pool.api.forgot_password(**pool.for_user(email))
    code = pool.emulator.code_for(pool.pool_id, email)
    refused("InvalidPasswordException", lambda: reset(pool, email, code, "weak-horse-9"))
    reset(pool, email, code)


@scenario("Passwords", "ChangePassword requires the old password", "API_ChangePassword")
def changepassword_requires_the_old_password(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    token = pool.tokens(email)["AccessToken"]

    def change(old: str) -> Any:
        return pool.api.change_password(AccessToken=token, PreviousPassword=old, ProposedPassword=OTHER)

    refused(NOT_AUTHORIZED, lambda: change(WRONG), "Incorrect username or password")
    change(PASSWORD)
    assert pool.tokens(email, OTHER)


@scenario("Passwords", "ChangePassword limits wrong old passwords", "API_ChangePassword")
def changepassword_limits_wrong_old_passwords(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    token = pool.tokens(email)["AccessToken"]
    change = lambda: pool.api.change_password(AccessToken=token, PreviousPassword=WRONG, ProposedPassword=OTHER)
    for _ in range(5):
        refused(NOT_AUTHORIZED, change)
    refused(LIMIT, change)


@scenario("Passwords", "A previous password is refused when a history is kept", "PasswordPolicyType", pool=HISTORY)
def a_previous_password_is_refused_when_a_history_is_kept(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    token = pool.tokens(email)["AccessToken"]
    pool.api.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=OTHER)
    back = lambda: pool.api.change_password(AccessToken=token, PreviousPassword=OTHER, ProposedPassword=PASSWORD)
    refused("PasswordHistoryPolicyViolationException", back)


@scenario(
    "Passwords", "ForgotPassword is refused when recovery is admin_only", "AccountRecoverySettingType", pool=RECOVERY
)
def forgotpassword_is_refused_when_recovery_is_admin_only(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    refused(NOT_AUTHORIZED, lambda: pool.api.forgot_password(**pool.for_user(email)), "Contact administrator")
