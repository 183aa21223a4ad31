"""Scenarios: Sign-in."""

import time

from tests.conformance.pool_fixture import OTHER, PASSWORD, WRONG, PoolFixture, refused
from tests.conformance.scenario import INVALID, NOT_AUTHORIZED, scenario
from tests.conformance.settings import LOCK_OUT

SIGN_IN = "API_InitiateAuth"


@scenario("Sign-in", "An unconfirmed user is reported whatever the password", "aws/aws-sdk-js#4608; API_InitiateAuth")
def an_unconfirmed_user_is_reported_whatever_the_password(pool: PoolFixture) -> None:
    email = pool.sign_up()
    refused("UserNotConfirmedException", lambda: pool.log_in(email, WRONG))
    refused("UserNotConfirmedException", lambda: pool.log_in(email))


@scenario("Sign-in", "Five wrong passwords lock the user for a second, then for longer", LOCK_OUT)
def five_wrong_passwords_lock_the_user_for_a_second_then_for_l(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    for _ in range(5):
        refused(NOT_AUTHORIZED, lambda: pool.log_in(email, WRONG), "Incorrect username or password")
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email), "Password attempts exceeded")
    time.sleep(1.1)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email, WRONG), "Incorrect username or password")
    time.sleep(1.1)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email), "Password attempts exceeded")
    time.sleep(1.0)
    assert pool.tokens(email)


@scenario("Sign-in", "A password reset does not end a lock-out", LOCK_OUT)
def a_password_reset_does_not_end_a_lock_out(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    for _ in range(5):
        refused(NOT_AUTHORIZED, lambda: pool.log_in(email, WRONG), "Incorrect username or password")
    time.sleep(1.1)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email, WRONG))
    time.sleep(2.1)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email, WRONG))
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email), "Password attempts exceeded")
    pool.api.forgot_password(**pool.for_user(email))
    code = pool.emulator.code_for(pool.pool_id, email)
    pool.api.confirm_forgot_password(**pool.for_user(email), ConfirmationCode=code, Password=OTHER)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email, OTHER), "Password attempts exceeded")


@scenario("Sign-in", "A disabled user cannot sign in", "API_AdminDisableUser")
def a_disabled_user_cannot_sign_in(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    pool.api.admin_disable_user(UserPoolId=pool.pool_id, Username=email)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email))
    pool.api.admin_enable_user(UserPoolId=pool.pool_id, Username=email)
    assert pool.tokens(email)


@scenario(
    "Sign-in",
    "A flow that the client does not allow is refused",
    SIGN_IN,
    client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
)
def a_flow_that_the_client_does_not_allow_is_refused(pool: PoolFixture) -> None:
    email = pool.sign_up()
    refused(INVALID, lambda: pool.log_in(email), "not enabled")


@scenario("Sign-in", "A missing password is an invalid parameter", SIGN_IN)
def a_missing_password_is_an_invalid_parameter(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    parameters = {"USERNAME": email, "SECRET_HASH": pool.hash(email)}
    refused(INVALID, lambda: pool.log_in(email, AuthParameters=parameters), "Missing required parameter PASSWORD")


@scenario(
    "Sign-in",
    "A temporary password leads to NEW_PASSWORD_REQUIRED, which enforces the policy",
    "API_RespondToAuthChallenge",
)
def a_temporary_password_leads_to_new_password_required_which(pool: PoolFixture) -> None:
    email = pool.invited_user()
    challenge = pool.log_in(email)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    refused("InvalidPasswordException", lambda: pool.respond(challenge, email, NEW_PASSWORD="weak"))
    assert pool.respond(challenge, email, NEW_PASSWORD=OTHER)["AuthenticationResult"]
    assert pool.tokens(email, OTHER)


@scenario("Sign-in", "A forged session is refused", "API_RespondToAuthChallenge")
def a_forged_session_is_refused(pool: PoolFixture) -> None:
    email = pool.invited_user()
    challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "made-up-session-of-some-length"}
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, NEW_PASSWORD=OTHER), "Invalid session")


@scenario("Sign-in", "A session can be used once", "API_RespondToAuthChallenge")
def a_session_can_be_used_once(pool: PoolFixture) -> None:
    email = pool.invited_user()
    challenge = pool.log_in(email)
    pool.respond(challenge, email, NEW_PASSWORD=OTHER)
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, NEW_PASSWORD=PASSWORD), "Invalid session")


@scenario("Sign-in", "A session is valid for its own challenge only", "API_RespondToAuthChallenge")
def a_session_is_valid_for_its_own_challenge_only(pool: PoolFixture) -> None:
    email = pool.invited_user()
    challenge = pool.log_in(email)
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, "MFA_SETUP"))


@scenario(
    "Sign-in",
    "After AdminResetUserPassword any password returns PasswordResetRequiredException",
    "aws-amplify/amplify-js#4516; API_AdminResetUserPassword",
)
def after_adminresetuserpassword_any_password_returns(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    pool.api.admin_reset_user_password(UserPoolId=pool.pool_id, Username=email)
    refused("PasswordResetRequiredException", lambda: pool.log_in(email, WRONG))
    refused("PasswordResetRequiredException", lambda: pool.log_in(email))
