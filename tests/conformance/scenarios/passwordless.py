"""Scenarios: Passwordless."""

from tests.conformance.pool_fixture import PASSWORD, PoolFixture, refused
from tests.conformance.scenario import MISMATCH, NOT_AUTHORIZED, scenario
from tests.conformance.settings import CHOICE, PASSWORDLESS

CHOICES = "GUIDE: Choice-based sign-in; API_InitiateAuth"


@scenario("Passwordless", "USER_AUTH offers the factors available to the user", CHOICES, PASSWORDLESS, CHOICE)
def user_auth_offers_the_factors_available_to_the_user(pool: PoolFixture) -> None:
    challenge = pool.start_user_auth(pool.confirmed_user())
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(challenge["AvailableChallenges"]) >= {"PASSWORD", "EMAIL_OTP"}
    assert "WEB_AUTHN" not in challenge["AvailableChallenges"]


@scenario("Passwordless", "An e-mail code signs in once", CHOICES, PASSWORDLESS, CHOICE)
def an_e_mail_code_signs_in_once(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    challenge = pool.start_user_auth(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    code = pool.emulator.code_for(pool.pool_id, email)
    refused(MISMATCH, lambda: pool.respond(challenge, email, EMAIL_OTP_CODE="000000" if code != "000000" else "000001"))
    assert pool.respond(challenge, email, EMAIL_OTP_CODE=code)["AuthenticationResult"]
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, EMAIL_OTP_CODE=code))


@scenario("Passwordless", "SELECT_CHALLENGE continues with the selected challenge", CHOICES, PASSWORDLESS, CHOICE)
def select_challenge_continues_with_the_selected_challenge(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    chosen = pool.respond(pool.start_user_auth(email), email, ANSWER="EMAIL_OTP")
    assert chosen["ChallengeName"] == "EMAIL_OTP"
    with_password = pool.respond(pool.start_user_auth(email), email, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert with_password["AuthenticationResult"]


@scenario(
    "Passwordless",
    "A user without a password signs in with the session of ConfirmSignUp",
    CHOICES,
    PASSWORDLESS,
    CHOICE,
)
def a_user_without_a_password_signs_in_with_the_session_of_con(pool: PoolFixture) -> None:
    email = pool.new_address()
    attributes = [{"Name": "email", "Value": email}]
    signed_up = pool.api.sign_up(**pool.for_user(email, UserAttributes=attributes))
    confirmed = pool.confirm(email, Session=signed_up["Session"])
    given = {"USERNAME": email, "SECRET_HASH": pool.hash(email)}
    flow = {"AuthFlow": "USER_AUTH", "AuthParameters": given, "Session": confirmed["Session"]}
    assert pool.api.initiate_auth(ClientId=pool.client_id, **flow)["AuthenticationResult"]["AccessToken"]


@scenario("Passwordless", "Sign-up without a password is refused when passwords are the only factor", "API_SignUp")
def sign_up_without_a_password_is_refused_when_passwords_are_t(pool: PoolFixture) -> None:
    email = pool.new_address()
    call = lambda: pool.api.sign_up(**pool.for_user(email, UserAttributes=[{"Name": "email", "Value": email}]))
    refused("InvalidPasswordException", call)


@scenario("Passwordless", "A new e-mail code replaces the previous one", CHOICES, PASSWORDLESS, CHOICE)
def a_new_e_mail_code_replaces_the_previous_one(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    first = pool.start_user_auth(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    old = pool.emulator.code_for(pool.pool_id, email)
    second = pool.start_user_auth(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    new = pool.emulator.code_for(pool.pool_id, email)
    if old != new:
        refused(MISMATCH, lambda: pool.respond(first, email, EMAIL_OTP_CODE=old))
    assert pool.respond(second, email, EMAIL_OTP_CODE=new)["AuthenticationResult"]
