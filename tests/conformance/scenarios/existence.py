"""Scenarios: Existence."""

from tests.conformance.pool_fixture import OTHER, PoolFixture, refused
from tests.conformance.scenario import MISMATCH, NOT_AUTHORIZED, scenario

EXISTENCE = "GUIDE: Managing user existence error responses"


@scenario("Existence", "Sign-in of an unknown user returns the wrong-password error", EXISTENCE)
def sign_in_of_an_unknown_user_returns_the_wrong_password_erro(pool: PoolFixture) -> None:
    refused(NOT_AUTHORIZED, lambda: pool.log_in(pool.new_address()), "Incorrect username or password")


@scenario("Existence", "ForgotPassword and resend simulate delivery to an unknown user", EXISTENCE)
def forgotpassword_and_resend_simulate_delivery_to_an_unknown(pool: PoolFixture) -> None:
    user = pool.for_user(pool.new_address())
    assert pool.api.forgot_password(**user)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert pool.api.resend_confirmation_code(**user)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"


@scenario("Existence", "A code for an unknown user is a CodeMismatchException", EXISTENCE)
def a_code_for_an_unknown_user_is_a_codemismatchexception(pool: PoolFixture) -> None:
    user = pool.for_user(pool.new_address())
    refused(MISMATCH, lambda: pool.api.confirm_sign_up(**user, ConfirmationCode="123456"))
    refused(MISMATCH, lambda: pool.api.confirm_forgot_password(**user, ConfirmationCode="123456", Password=OTHER))


@scenario("Existence", "LEGACY reveals unknown users", EXISTENCE, client={"PreventUserExistenceErrors": "LEGACY"})
def legacy_reveals_unknown_users(pool: PoolFixture) -> None:
    refused("UserNotFoundException", lambda: pool.log_in(pool.new_address()))
    refused("UserNotFoundException", lambda: pool.api.forgot_password(**pool.for_user(pool.new_address())))


@scenario("Existence", "ForgotPassword for an unverified user succeeds without a mail", EXISTENCE)
def forgotpassword_for_an_unverified_user_succeeds_without_a_m(pool: PoolFixture) -> None:
    email = pool.sign_up()
    code = pool.emulator.code_for(pool.pool_id, email)
    assert pool.api.forgot_password(**pool.for_user(email))["CodeDeliveryDetails"]
    assert pool.emulator.code_for(pool.pool_id, email) == code, "a mail was sent"
