"""Scenarios: Passkeys."""

import json

from tests.conformance.pool_fixture import PoolFixture, refused
from tests.conformance.scenario import NOT_AUTHORIZED, scenario
from tests.conformance.settings import CHOICE, PASSWORDLESS
from tests.support.authenticator import Authenticator

PASSKEYS = "API_StartWebAuthnRegistration, API_CompleteWebAuthnRegistration"


def enable_passkeys(pool: PoolFixture) -> None:
    configuration = {"RelyingPartyId": "localhost", "UserVerification": "required"}
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.pool_id, WebAuthnConfiguration=configuration)


def register(pool: PoolFixture, token: str, authenticator: Authenticator) -> None:
    options = pool.api.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    pool.api.complete_web_authn_registration(AccessToken=token, Credential=authenticator.create(options))


@scenario("Passkeys", "A passkey is registered, listed, used and deleted", PASSKEYS, PASSWORDLESS, CHOICE)
def a_passkey_is_registered_listed_used_and_deleted(pool: PoolFixture) -> None:
    enable_passkeys(pool)
    email, passkey = pool.confirmed_user(), Authenticator()
    token = pool.tokens(email)["AccessToken"]
    register(pool, token, passkey)
    (listed,) = pool.api.list_web_authn_credentials(AccessToken=token)["Credentials"]
    challenge = pool.start_user_auth(email, PREFERRED_CHALLENGE="WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert pool.respond(challenge, email, CREDENTIAL=json.dumps(passkey.get(options)))["AuthenticationResult"]
    pool.api.delete_web_authn_credential(AccessToken=token, CredentialId=listed["CredentialId"])
    assert pool.api.list_web_authn_credentials(AccessToken=token)["Credentials"] == []


@scenario("Passkeys", "Another key's signature is refused", PASSKEYS, PASSWORDLESS, CHOICE)
def another_key_s_signature_is_refused(pool: PoolFixture) -> None:
    enable_passkeys(pool)
    email, passkey = pool.confirmed_user(), Authenticator()
    register(pool, pool.tokens(email)["AccessToken"], passkey)
    challenge = pool.start_user_auth(email, PREFERRED_CHALLENGE="WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    thief = Authenticator(identifier=passkey.identifier)
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenge, email, CREDENTIAL=json.dumps(thief.get(options))))


@scenario("Passkeys", "A registration for another origin or challenge is refused", PASSKEYS, PASSWORDLESS, CHOICE)
def a_registration_for_another_origin_or_challenge_is_refused(pool: PoolFixture) -> None:
    enable_passkeys(pool)
    token = pool.tokens()["AccessToken"]
    elsewhere = Authenticator(origin="https://evil.example")
    refused("WebAuthnOriginNotAllowedException", lambda: register(pool, token, elsewhere))
    old = pool.api.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    pool.api.start_web_authn_registration(AccessToken=token)
    late = lambda: pool.api.complete_web_authn_registration(AccessToken=token, Credential=Authenticator().create(old))
    refused("WebAuthnChallengeNotFoundException", late)


@scenario("Passkeys", "A pool without passkeys refuses their registration", PASSKEYS)
def a_pool_without_passkeys_refuses_their_registration(pool: PoolFixture) -> None:
    token = pool.tokens()["AccessToken"]
    refused("WebAuthnNotEnabledException", lambda: pool.api.start_web_authn_registration(AccessToken=token))
