"""Scenarios: Sign-up."""

import json

from tests.conformance.pool_fixture import PASSWORD, PoolFixture, refused
from tests.conformance.scenario import INVALID, LIMIT, MISMATCH, NOT_AUTHORIZED, scenario

ADMIN_ONLY = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}


@scenario("Sign-up", "A wrong confirmation code is refused", "API_ConfirmSignUp")
def a_wrong_confirmation_code_is_refused(pool: PoolFixture) -> None:
    email = pool.sign_up()
    code = pool.emulator.code_for(pool.pool_id, email)
    refused(MISMATCH, lambda: pool.confirm(email, "000000" if code != "000000" else "000001"))


@scenario("Sign-up", "Codes are random and have six digits", "API_SignUp")
def codes_are_random_and_have_six_digits(pool: PoolFixture) -> None:
    found = {pool.emulator.code_for(pool.pool_id, pool.sign_up()) for _ in range(4)}
    assert len(found) > 1, "every code is the same"
    assert all(len(code) == 6 and code.isdecimal() for code in found)


@scenario("Sign-up", "A resent code replaces the previous code", "API_ResendConfirmationCode")
def a_resent_code_replaces_the_previous_code(pool: PoolFixture) -> None:
    email = pool.sign_up()
    old = pool.emulator.code_for(pool.pool_id, email)
    for _ in range(3):
        pool.api.resend_confirmation_code(**pool.for_user(email))
        if pool.emulator.code_for(pool.pool_id, email) != old:
            break
    refused(MISMATCH, lambda: pool.confirm(email, old))
    pool.confirm(email)


@scenario("Sign-up", "A sixth resend within an hour is refused", "GUIDE: Quotas, API_ResendConfirmationCode")
def a_sixth_resend_within_an_hour_is_refused(pool: PoolFixture) -> None:
    email = pool.sign_up()
    for _ in range(5):
        pool.api.resend_confirmation_code(**pool.for_user(email))
    refused(LIMIT, lambda: pool.api.resend_confirmation_code(**pool.for_user(email)))


@scenario("Sign-up", "After 15 wrong codes the correct code is refused", "GUIDE: Quotas, API_ConfirmSignUp")
def after_15_wrong_codes_the_correct_code_is_refused(pool: PoolFixture) -> None:
    email = pool.sign_up()
    code = pool.emulator.code_for(pool.pool_id, email)
    for _ in range(15):
        refused(MISMATCH, lambda: pool.confirm(email, "000000" if code != "000000" else "000001"))
    refused("TooManyFailedAttemptsException", lambda: pool.confirm(email, code))


@scenario("Sign-up", "A confirmed user cannot be confirmed again", "API_ConfirmSignUp")
def a_confirmed_user_cannot_be_confirmed_again(pool: PoolFixture) -> None:
    email = pool.sign_up()
    code = pool.emulator.code_for(pool.pool_id, email)
    pool.confirm(email, code)
    refused(NOT_AUTHORIZED, lambda: pool.confirm(email, code), "Current status is CONFIRMED")
    refused(INVALID, lambda: pool.api.resend_confirmation_code(**pool.for_user(email)), "already confirmed")


@scenario("Sign-up", "An address in use is refused, whatever its case", "API_SignUp, UsernameConfigurationType")
def an_address_in_use_is_refused_whatever_its_case(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    refused("UsernameExistsException", lambda: pool.sign_up(email))
    refused("UsernameExistsException", lambda: pool.sign_up(email.upper()))
    assert pool.tokens(email.upper())


@scenario("Sign-up", "The password policy is enforced", "API_SignUp")
def the_password_policy_is_enforced(pool: PoolFixture) -> None:
    refused("InvalidPasswordException", lambda: pool.sign_up(password="correct-horse-9"))


@scenario("Sign-up", "Confirmation verifies the address", "GUIDE: Signing up and confirming user accounts")
def confirmation_verifies_the_address(pool: PoolFixture) -> None:
    email = pool.sign_up()
    assert pool.attributes(email).get("email_verified") in {"false", None}
    pool.confirm(email)
    assert pool.attributes(email)["email_verified"] == "true"


@scenario("Sign-up", "AllowAdminCreateUserOnly refuses SignUp", "AdminCreateUserConfigType", pool=ADMIN_ONLY)
def allowadmincreateuseronly_refuses_signup(pool: PoolFixture) -> None:
    refused(NOT_AUTHORIZED, pool.sign_up, "SignUp is not permitted")


@scenario("Sign-up", "SignUp cannot set email_verified", "API_SignUp")
def signup_cannot_set_email_verified(pool: PoolFixture) -> None:
    email = pool.new_address()
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    refused(NOT_AUTHORIZED, lambda: pool.sign_up(email, UserAttributes=attributes))


@scenario("Sign-up", "CodeDeliveryDetails masks the destination", "CodeDeliveryDetailsType")
def codedeliverydetails_masks_the_destination(pool: PoolFixture) -> None:
    email = pool.new_address()
    answer = pool.api.sign_up(
        **pool.for_user(email, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": email}])
    )
    assert email not in json.dumps(answer["CodeDeliveryDetails"]), "the destination contains the address"
