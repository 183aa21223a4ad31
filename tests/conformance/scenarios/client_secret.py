"""Scenarios: Client secret."""

from typing import Any

from tests.conformance.pool_fixture import OTHER, PASSWORD, PoolFixture, refused
from tests.conformance.scenario import NOT_AUTHORIZED, scenario

HASHES = "GUIDE: Computing secret hash values"


@scenario("Client secret", "SignUp without SECRET_HASH is refused", HASHES)
def signup_without_secret_hash_is_refused(pool: PoolFixture) -> None:
    call = lambda: pool.api.sign_up(ClientId=pool.client_id, Username=pool.new_address(), Password=PASSWORD)
    refused(NOT_AUTHORIZED, call, "SECRET_HASH was not received")


@scenario("Client secret", "SignUp with a wrong SECRET_HASH is refused", HASHES)
def signup_with_a_wrong_secret_hash_is_refused(pool: PoolFixture) -> None:
    refused(NOT_AUTHORIZED, lambda: pool.sign_up(SecretHash=pool.hash("x")), "Unable to verify secret hash")


@scenario("Client secret", "ConfirmSignUp, resend, forgot and reset require SECRET_HASH", HASHES)
def confirmsignup_resend_forgot_and_reset_require_secret_hash(pool: PoolFixture) -> None:
    email = pool.sign_up()
    user = {"ClientId": pool.client_id, "Username": email, "SecretHash": pool.hash("somebody else")}
    refused(NOT_AUTHORIZED, lambda: pool.api.confirm_sign_up(**user, ConfirmationCode="000000"), "secret hash")
    refused(NOT_AUTHORIZED, lambda: pool.api.resend_confirmation_code(**user), "secret hash")
    refused(NOT_AUTHORIZED, lambda: pool.api.forgot_password(**user), "secret hash")
    reset = {**user, "ConfirmationCode": "000000", "Password": OTHER}
    refused(NOT_AUTHORIZED, lambda: pool.api.confirm_forgot_password(**reset), "secret hash")


@scenario("Client secret", "Sign-in with a wrong SECRET_HASH is refused", HASHES)
def sign_in_with_a_wrong_secret_hash_is_refused(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "SECRET_HASH": pool.hash("somebody else")}
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email, AuthParameters=parameters), "secret hash")


@scenario("Client secret", "REFRESH_TOKEN_AUTH requires SECRET_HASH of the sub, not of the address", HASHES)
def refresh_token_auth_requires_secret_hash_of_the_sub_not_of(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    token, sub = pool.tokens(email)["RefreshToken"], pool.attributes(email)["sub"]

    def refresh(name: str) -> dict[str, Any]:
        parameters = {"REFRESH_TOKEN": token, "SECRET_HASH": pool.hash(name)}
        return pool.log_in(email, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters)

    assert refresh(sub)["AuthenticationResult"]["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: refresh(email))


@scenario("Client secret", "RespondToAuthChallenge requires SECRET_HASH of the sub", HASHES)
def respondtoauthchallenge_requires_secret_hash_of_the_sub(pool: PoolFixture) -> None:
    email = pool.invited_user()
    challenge = pool.log_in(email)
    by_address = {"USERNAME": email, "SECRET_HASH": pool.hash(email), "NEW_PASSWORD": OTHER}
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, **by_address))
    assert pool.respond(challenge, email, NEW_PASSWORD=OTHER)["AuthenticationResult"]


@scenario("Client secret", "GetTokensFromRefreshToken requires the client secret", "API_GetTokensFromRefreshToken")
def gettokensfromrefreshtoken_requires_the_client_secret(pool: PoolFixture) -> None:
    token = pool.tokens()["RefreshToken"]
    assert pool.refresh(token)["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: pool.refresh(token, ClientSecret="x" * 40))


@scenario("Client secret", "RevokeToken requires the client secret", "API_RevokeToken")
def revoketoken_requires_the_client_secret(pool: PoolFixture) -> None:
    token = pool.tokens()["RefreshToken"]
    call = lambda: pool.api.revoke_token(ClientId=pool.client_id, ClientSecret="x" * 40, Token=token)
    refused("UnauthorizedException", call)
