"""Scenarios: Tokens."""

import time

from tests.conformance.pool_fixture import PoolFixture, claims, header, refused
from tests.conformance.scenario import NOT_AUTHORIZED, scenario
from tests.conformance.settings import rotating

SHORT = {"AccessTokenValidity": 300, "TokenValidityUnits": {"AccessToken": "seconds"}}


ROTATION = "GUIDE: Refresh token rotation"


@scenario("Tokens", "Access and ID tokens have the documented claims", "GUIDE: Understanding user pool JSON web tokens")
def access_and_id_tokens_have_the_documented_claims(pool: PoolFixture) -> None:
    tokens = pool.tokens()
    access, identity = claims(tokens["AccessToken"]), claims(tokens["IdToken"])
    for claim in ("iss", "sub", "iat", "exp", "jti", "origin_jti", "auth_time", "token_use"):
        assert claim in access, f"access token without {claim}"
        assert claim in identity, f"ID token without {claim}"
    assert (access["client_id"], access["token_use"]) == (pool.client_id, "access")
    assert "aud" not in access
    assert (identity["aud"], identity["token_use"]) == (pool.client_id, "id")
    assert identity["email_verified"] is True
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert header(tokens["AccessToken"]).keys() == {"kid", "alg"}


@scenario("Tokens", "A refresh keeps auth_time and origin_jti", "GUIDE: Understanding user pool JSON web tokens")
def a_refresh_keeps_auth_time_and_origin_jti(pool: PoolFixture) -> None:
    tokens = pool.tokens()
    first = claims(tokens["AccessToken"])
    time.sleep(1.1)
    second = claims(pool.refresh(tokens["RefreshToken"])["AccessToken"])
    assert (second["auth_time"], second["origin_jti"]) == (first["auth_time"], first["origin_jti"])
    assert second["jti"] != first["jti"]


@scenario("Tokens", "The tokens of one event name it", "GUIDE: Understanding user pool JSON web tokens")
def the_tokens_of_one_event_name_it(pool: PoolFixture) -> None:
    tokens = pool.tokens()
    first = claims(tokens["AccessToken"])["event_id"]
    assert first == claims(tokens["IdToken"])["event_id"]
    renewed = pool.refresh(tokens["RefreshToken"])
    assert first != claims(renewed["AccessToken"])["event_id"] == claims(renewed["IdToken"])["event_id"]


@scenario("Tokens", "A forged access token is refused", "API_GetUser")
def a_forged_access_token_is_refused(pool: PoolFixture) -> None:
    head, body, signature = pool.tokens()["AccessToken"].split(".")
    forged = ".".join([head, body, signature[:-8] + ("AAAAAAAA" if not signature.endswith("AAAAAAAA") else "BBBBBBBB")])
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=forged))
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken="no-token"))


@scenario("Tokens", "An ID token is refused as an access token", "API_GetUser")
def an_id_token_is_refused_as_an_access_token(pool: PoolFixture) -> None:
    token = pool.tokens()["IdToken"]
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=token))


@scenario("Tokens", "Token lifetimes follow the client's settings", "API_CreateUserPoolClient", client=SHORT)
def token_lifetimes_follow_the_client_s_settings(pool: PoolFixture) -> None:
    access = claims(pool.tokens()["AccessToken"])
    assert access["exp"] - access["iat"] == 300


@scenario("Tokens", "GlobalSignOut revokes access and refresh tokens", "API_GlobalSignOut")
def globalsignout_revokes_access_and_refresh_tokens(pool: PoolFixture) -> None:
    tokens = pool.tokens()
    pool.api.global_sign_out(AccessToken=tokens["AccessToken"])
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=tokens["AccessToken"]), "revoked")
    refused(NOT_AUTHORIZED, lambda: pool.api.global_sign_out(AccessToken=tokens["AccessToken"]), "revoked")
    refused(NOT_AUTHORIZED, lambda: pool.refresh(tokens["RefreshToken"]), "revoked")


@scenario("Tokens", "AdminUserGlobalSignOut revokes access and refresh tokens", "API_AdminUserGlobalSignOut")
def adminuserglobalsignout_revokes_access_and_refresh_tokens(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    tokens = pool.tokens(email)
    pool.api.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=email)
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=tokens["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: pool.refresh(tokens["RefreshToken"]))


@scenario("Tokens", "RevokeToken revokes one session and keeps the others", "API_RevokeToken")
def revoketoken_revokes_one_session_and_keeps_the_others(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    first, second = pool.tokens(email), pool.tokens(email)
    pool.api.revoke_token(ClientId=pool.client_id, ClientSecret=pool.secret, Token=first["RefreshToken"])
    refused(NOT_AUTHORIZED, lambda: pool.refresh(first["RefreshToken"]))
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=first["AccessToken"]))
    assert pool.refresh(second["RefreshToken"])
    assert pool.api.get_user(AccessToken=second["AccessToken"])


@scenario("Tokens", "RevokeToken accepts refresh tokens only", "API_RevokeToken")
def revoketoken_accepts_refresh_tokens_only(pool: PoolFixture) -> None:
    given = {"ClientId": pool.client_id, "ClientSecret": pool.secret, "Token": pool.tokens()["AccessToken"]}
    refused("UnsupportedTokenTypeException", lambda: pool.api.revoke_token(**given))


@scenario("Tokens", "A deleted user's tokens are refused", "API_DeleteUser")
def a_deleted_user_s_tokens_are_refused(pool: PoolFixture) -> None:
    tokens = pool.tokens()
    pool.api.delete_user(AccessToken=tokens["AccessToken"])
    refused("UserNotFoundException", lambda: pool.api.get_user(AccessToken=tokens["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: pool.refresh(tokens["RefreshToken"]))


@scenario("Tokens", "Rotation replaces the refresh token and refuses the old one", ROTATION, client=rotating(0))
def rotation_replaces_the_refresh_token_and_refuses_the_old_on(pool: PoolFixture) -> None:
    old = pool.tokens()["RefreshToken"]
    new = pool.refresh(old)["RefreshToken"]
    assert new != old
    time.sleep(0.1)
    refused("RefreshTokenReuseException", lambda: pool.refresh(old))
    assert pool.refresh(new)["AccessToken"]


@scenario("Tokens", "The old refresh token is valid during the grace period", ROTATION, client=rotating(10))
def the_old_refresh_token_is_valid_during_the_grace_period(pool: PoolFixture) -> None:
    old = pool.tokens()["RefreshToken"]
    first, again = pool.refresh(old), pool.refresh(old)
    assert first["RefreshToken"] != old != again["RefreshToken"]


@scenario("Tokens", "A rotated token expires when the first would", ROTATION, client=rotating(10))
def a_rotated_token_expires_when_the_first_would(pool: PoolFixture) -> None:
    old = pool.tokens()["RefreshToken"]
    time.sleep(1.1)
    assert claims(pool.refresh(old)["RefreshToken"])["exp"] == claims(old)["exp"]
