"""The steps of a sign-in over HTTP: each challenge, its answer, and what neither may tell."""

import json
from typing import Any

import httpx
import pytest
from aiohttp import web
from botocore.loaders import Loader
from cryptography.fernet import Fernet
from pydantic import BaseModel

from api.cognito.challenge_gateway import ANSWERS
from api.cognito.secret_hash import secret_hash
from api.kit.sealing import SealBrokenError, Sealer
from api.sign_in.service import SUPPORTED
from tests.conftest import client_of, settings_for
from tests.support.cognito import SUCCESS, TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LOGIN = {"email": EMAIL, "password": PASSWORD}
SESSION = "cognito-session-0123456789"
HASH = secret_hash(SUB, "clientid", "client-secret-canary-of-length")
CODE = {"code": "123456"}
CREDENTIAL = {"id": "abc", "type": "public-key", "response": {"signature": "x"}}
OPTIONS: dict[str, Any] = {"challenge": "c2VjcmV0", "allowCredentials": []}
# Challenge, what Cognito sends with it, what the client sees of that, the answer, what Cognito gets.
CASES: list[tuple[str, dict[str, str], dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("SOFTWARE_TOKEN_MFA", {"FRIENDLY_DEVICE_NAME": "x"}, {}, CODE, {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
    (
        "SMS_MFA",
        {"CODE_DELIVERY_DESTINATION": "+*******1234", "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS"},
        {"destination": "+*******1234"},
        CODE,
        {"SMS_MFA_CODE": "123456"},
    ),
    ("EMAIL_OTP", {"CODE_DELIVERY_DESTINATION": "a***"}, {"destination": "a***"}, CODE, {"EMAIL_OTP_CODE": "123456"}),
    ("SMS_OTP", {}, {}, {"code": "12345678"}, {"SMS_OTP_CODE": "12345678"}),
    (
        "NEW_PASSWORD_REQUIRED",
        {"requiredAttributes": '["userAttributes.name"]', "userAttributes": '{"email": "ada@example.com"}'},
        {"required_attributes": ["name"]},
        {"new_password": "Another-Horse-9", "attributes": {"name": "Ada"}},
        {"NEW_PASSWORD": "Another-Horse-9", "userAttributes.name": "Ada"},
    ),
    (
        "SELECT_MFA_TYPE",
        {"MFAS_CAN_CHOOSE": '["SMS_MFA","SOFTWARE_TOKEN_MFA"]'},
        {"choices": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]},
        {"answer": "SMS_MFA"},
        {"ANSWER": "SMS_MFA"},
    ),
    ("SELECT_CHALLENGE", {}, {"choices": ["EMAIL_OTP"]}, {"answer": "EMAIL_OTP"}, {"ANSWER": "EMAIL_OTP"}),
    (
        "SELECT_CHALLENGE",
        {},
        {"choices": ["EMAIL_OTP"]},
        {"answer": "PASSWORD", "password": PASSWORD},
        {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD},
    ),
    ("PASSWORD", {}, {}, {"password": PASSWORD}, {"PASSWORD": PASSWORD}),
    (
        "WEB_AUTHN",
        {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(OPTIONS)},
        {"credential_request_options": OPTIONS},
        {"credential": CREDENTIAL},
        {"CREDENTIAL": json.dumps(CREDENTIAL)},
    ),
    ("CUSTOM_CHALLENGE", {"question": "pet"}, {"custom": {"question": "pet"}}, {"answer": "Rex"}, {"ANSWER": "Rex"}),
]


def asks(cognito: FakeCognito, name: str, parameters: dict[str, str], operation: str = "InitiateAuth") -> None:
    """Let Cognito answer ``operation`` with a challenge."""
    available = {"AvailableChallenges": ["EMAIL_OTP"]} if name == "SELECT_CHALLENGE" else {}
    parameters = {"USER_ID_FOR_SRP": SUB, **parameters}
    challenge = {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters}
    cognito.answers(operation, challenge | available)


@pytest.mark.parametrize(("name", "sent", "shown", "answer", "received"), CASES)
async def test_a_challenge_is_shown_and_answered(
    api: httpx.AsyncClient,
    cognito: FakeCognito,
    name: str,
    sent: dict[str, str],
    shown: dict[str, Any],
    answer: dict[str, Any],
    received: dict[str, str],
) -> None:
    asks(cognito, name, sent)
    step = await api.post("/login", json=LOGIN)
    assert step.status_code == 200, step.text
    assert step.headers["cache-control"] == "no-store"
    assert step.json().keys() == {"challenge", "session", "parameters"}
    assert (step.json()["challenge"], step.json()["parameters"]) == (name, shown)
    assert SESSION not in step.text
    answered = await api.post("/login/challenge", json={"challenge": name, "session": step.json()["session"], **answer})
    assert answered.json()["access_token"] == TOKENS["AccessToken"], answered.text
    assert cognito.requests[-1] == (
        "RespondToAuthChallenge",
        {
            "ClientId": "clientid",
            "ChallengeName": name,
            "Session": SESSION,
            # The name that Cognito gave the user, not the address.
            "ChallengeResponses": {"USERNAME": SUB, "SECRET_HASH": HASH, **received},
        },
    )


async def test_one_step_may_lead_to_another(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asks(cognito, "NEW_PASSWORD_REQUIRED", {})
    step = (await api.post("/login", json=LOGIN)).json()
    cognito.answers("RespondToAuthChallenge", {"ChallengeName": "SMS_MFA", "Session": "another" * 5})
    body = {"challenge": step["challenge"], "session": step["session"], "new_password": "Another-Horse-9"}
    step = (await api.post("/login/challenge", json=body)).json()
    assert step["challenge"] == "SMS_MFA"
    cognito.answers("RespondToAuthChallenge", SUCCESS["RespondToAuthChallenge"])
    body = {"challenge": "SMS_MFA", "session": step["session"], **CODE}
    assert (await api.post("/login/challenge", json=body)).json()["expires_in"] == 3600
    # Cognito need not repeat the user's name.
    assert cognito.requests[-1][1]["ChallengeResponses"]["USERNAME"] == SUB
    assert cognito.requests[-1][1]["Session"] == "another" * 5


async def test_an_authenticator_app_is_set_up_on_the_way(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asks(cognito, "MFA_SETUP", {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'})
    step = (await api.post("/login", json=LOGIN)).json()
    totp = step["parameters"]["totp"]
    assert totp["otpauth_uri"].startswith("otpauth://totp/Sign-in:ada%40example.com?secret=JBSWY3DP")
    assert totp["qr_code"].startswith("<svg")
    assert cognito.requests[-1] == ("AssociateSoftwareToken", {"Session": SESSION})
    body = {"challenge": "MFA_SETUP", "session": step["session"], **CODE}
    assert (await api.post("/login/challenge", json=body)).status_code == 200
    assert cognito.requests[-2] == ("VerifySoftwareToken", {"Session": "s" * 24, "UserCode": "123456"})
    assert cognito.requests[-1][1]["ChallengeResponses"] == {"USERNAME": SUB, "SECRET_HASH": HASH}


@pytest.mark.parametrize(
    "name",
    [
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
        "PASSWORD_VERIFIER",
        "PASSWORD_SRP",
        "ADMIN_NO_SRP_AUTH",
        "MFA_SETUP",
        "CHALLENGE_OF_TOMORROW",
    ],
)
async def test_what_is_not_offered_is_said_clearly(api: httpx.AsyncClient, cognito: FakeCognito, name: str) -> None:
    asks(cognito, name, {"MFAS_CAN_SETUP": '["SMS_MFA"]'})
    response = await api.post("/login", json=LOGIN)
    assert (response.status_code, slug(response)) == (501, "challenge-not-supported")


@pytest.mark.parametrize(
    "parameters",
    [
        {"MFAS_CAN_CHOOSE": "not json"},
        {"MFAS_CAN_CHOOSE": '{"a": 1}'},
        {"CREDENTIAL_REQUEST_OPTIONS": "[]"},
        {"CREDENTIAL_REQUEST_OPTIONS": "not json"},
        {"requiredAttributes": "[1]"},
    ],
)
async def test_parameters_that_cannot_be_read_are_upstreams_fault(
    api: httpx.AsyncClient, cognito: FakeCognito, parameters: dict[str, str]
) -> None:
    asks(cognito, "SELECT_MFA_TYPE", parameters)
    response = await api.post("/login", json=LOGIN)
    assert (response.status_code, slug(response)) == (502, "upstream-invalid-response")


async def sealed(api: httpx.AsyncClient, cognito: FakeCognito, name: str = "SOFTWARE_TOKEN_MFA") -> str:
    asks(cognito, name, {})
    return str((await api.post("/login", json=LOGIN)).json()["session"])


async def test_a_session_serves_its_own_challenge_alone(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    session = await sealed(api, cognito)
    response = await api.post("/login/challenge", json={"challenge": "SMS_MFA", "session": session, **CODE})
    assert slug(response) == "validation-failed"
    assert response.json()["errors"] == [
        {"pointer": "/challenge", "detail": "must be SOFTWARE_TOKEN_MFA, as the session's"}
    ]
    assert cognito.operations() == ["InitiateAuth"]


async def test_a_session_that_was_changed_is_refused(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    session = await sealed(api, cognito)
    forged = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    middle = len(session) // 2
    changed = session[:middle] + ("A" if session[middle] != "A" else "B") + session[middle + 1 :]
    for broken in (changed, session[:-8], forged, "x"):
        body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": broken, **CODE}
        response = await api.post("/login/challenge", json=body)
        assert (response.status_code, slug(response)) == (401, "challenge-expired")
    assert cognito.operations() == ["InitiateAuth"]


async def test_a_session_of_one_worker_serves_at_another(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url)) as one, client_of(settings_for(cognito.url)) as two:
        body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": await sealed(one, cognito), **CODE}
        assert (await two.post("/login/challenge", json=body)).status_code == 200


async def test_a_session_is_answered_three_times_at_most(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("RespondToAuthChallenge", "CodeMismatchException")
    body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": await sealed(api, cognito), **CODE}
    found = [slug(await api.post("/login/challenge", json=body)) for _ in range(4)]
    assert found == ["invalid-code"] * 3 + ["challenge-expired"]


async def test_only_what_is_asked_for_goes_with_a_new_password(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    session = await sealed(api, cognito, "NEW_PASSWORD_REQUIRED")
    body = {"challenge": "NEW_PASSWORD_REQUIRED", "session": session, "new_password": "Another-Horse-9"}
    response = await api.post("/login/challenge", json={**body, "attributes": {"custom:role": "admin"}})
    assert slug(response) == "validation-failed"
    assert response.json()["errors"][0]["pointer"] == "/attributes/custom:role"
    assert cognito.operations() == ["InitiateAuth"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("CodeMismatchException", ""),
        ("ExpiredCodeException", ""),
        ("NotAuthorizedException", "Invalid session for the user, session is expired."),
        ("NotAuthorizedException", "Password attempts exceeded"),
        ("TooManyFailedAttemptsException", ""),
        ("MFAMethodNotFoundException", ""),
        ("UserLambdaValidationException", ""),
        ("UserNotConfirmedException", ""),
    ],
)
async def test_a_first_factor_is_refused_in_one_way(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str
) -> None:
    asks(cognito, "EMAIL_OTP", {})
    session = (await begin(api, "EMAIL_OTP")).json()["session"]
    cognito.fails("RespondToAuthChallenge", code, message)
    refused = await api.post("/login/challenge", json={"challenge": "EMAIL_OTP", "session": session, **CODE})
    assert (refused.status_code, slug(refused)) == (401, "invalid-code")


async def test_without_the_setting_nobody_comes_in_without_a_password(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, passwordless=False)) as api:
        for path in ("/login", "/signup"):
            response = await api.post(path, json={"email": EMAIL})
            assert (response.status_code, slug(response)) == (422, "validation-failed")
            assert response.json()["errors"][0]["pointer"] == "/password"
    assert cognito.requests == []


async def test_a_code_is_mailed_as_seldom_as_any(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, rate_limits="on")) as api:
        asks(cognito, "EMAIL_OTP", {})
        found = [(await begin(api, "EMAIL_OTP")).status_code for _ in range(11)]
    assert found == [200] * 10 + [429]


def test_every_challenge_of_the_model_is_answered_or_refused() -> None:
    model: Any = Loader().load_service_model("cognito-idp", "service-2")  # pyright: ignore[reportUnknownMemberType]
    refused = {"DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "PASSWORD_VERIFIER", "PASSWORD_SRP", "ADMIN_NO_SRP_AUTH"}
    assert set(model["shapes"]["ChallengeNameType"]["enum"]) == SUPPORTED | refused
    assert ANSWERS.keys() | {"MFA_SETUP"} == SUPPORTED


async def test_a_weak_new_password_costs_no_try(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    body = {"challenge": "NEW_PASSWORD_REQUIRED", "session": await sealed(api, cognito, "NEW_PASSWORD_REQUIRED")}
    for _ in range(5):
        weak = await api.post("/login/challenge", json={**body, "new_password": "weak"})
        assert slug(weak) == "invalid-password"
        assert weak.json()["errors"][0]["pointer"] == "/new_password"
    assert (await api.post("/login/challenge", json={**body, "new_password": "Another-Horse-9"})).status_code == 200


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("CodeMismatchException", "", "invalid-code"),
        ("ExpiredCodeException", "", "challenge-expired"),
        ("NotAuthorizedException", "Invalid session for the user, session is expired.", "challenge-expired"),
        ("NotAuthorizedException", "Incorrect username or password.", "invalid-credentials"),
        ("InvalidPasswordException", "", "invalid-password"),
        ("PasswordHistoryPolicyViolationException", "", "password-reused"),
        ("TooManyRequestsException", "", "rate-limited"),
    ],
)
async def test_a_refused_answer_is_a_problem(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str, expected: str
) -> None:
    session = await sealed(api, cognito)
    cognito.fails("RespondToAuthChallenge", code, message)
    response = await api.post("/login/challenge", json={"challenge": "SOFTWARE_TOKEN_MFA", "session": session, **CODE})
    assert slug(response) == expected


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/challenge"),
        ({"challenge": "password-canary"}, "/challenge"),
        ({"challenge": "EMAIL_OTP"}, "/code"),
        ({"challenge": "EMAIL_OTP", "code": "12345"}, "/code"),
        ({"challenge": "PASSWORD", "password": ""}, "/password"),
        ({"challenge": "WEB_AUTHN", "credential": "x"}, "/credential"),
        ({"challenge": "SELECT_MFA_TYPE", "answer": "DEVICE_SRP_AUTH"}, "/answer"),
        ({"challenge": "EMAIL_OTP", "code": "123456", "session": "sp ace"}, "/session"),
    ],
)
async def test_a_bad_answer_names_its_field(api: httpx.AsyncClient, body: dict[str, str], pointer: str) -> None:
    response = await api.post("/login/challenge", json={"session": "abc", **body})
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert "canary" not in response.text


# Without a password.

NOBODY = [
    ("NotAuthorizedException", "Incorrect username or password."),
    ("UserNotFoundException", ""),
    ("UserNotConfirmedException", ""),
    ("PasswordResetRequiredException", ""),
]


async def begin(api: httpx.AsyncClient, factor: str) -> httpx.Response:
    return await api.post("/login", json={"email": EMAIL, "preferred_challenge": factor})


async def test_the_address_alone_begins_by_a_code(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asks(cognito, "EMAIL_OTP", {"CODE_DELIVERY_DESTINATION": "a***@e***"})
    step = (await api.post("/login", json={"email": EMAIL})).json()
    assert cognito.requests[0][1]["AuthFlow"] == "USER_AUTH"
    assert cognito.requests[0][1]["AuthParameters"]["PREFERRED_CHALLENGE"] == "EMAIL_OTP"
    body = {"challenge": "EMAIL_OTP", "session": step["session"], "code": "12345678"}
    assert (await api.post("/login/challenge", json=body)).json()["token_type"] == "Bearer"


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
async def test_the_answer_does_not_tell_whether_there_is_an_account(cognito: FakeCognito, factor: str) -> None:
    async with client_of(settings_for(cognito.url, passkey_relying_party="example.com")) as api:
        wrong = {"challenge": factor, **({"code": "123456"} if factor == "EMAIL_OTP" else {"credential": CREDENTIAL})}
        options = json.dumps({"challenge": "x" * 43, "rpId": "example.com", "allowCredentials": []})
        sent = {"CODE_DELIVERY_DESTINATION": "a***@e***"} if factor == "EMAIL_OTP" else {}
        asks(cognito, factor, sent or {"CREDENTIAL_REQUEST_OPTIONS": options})
        known = await begin(api, factor)
        cognito.fails(
            "RespondToAuthChallenge",
            "CodeMismatchException" if factor == "EMAIL_OTP" else "NotAuthorizedException",
        )
        known_wrong = await api.post("/login/challenge", json={**wrong, "session": known.json()["session"]})
        for code, message in [*NOBODY, ("SELECT_CHALLENGE", "")]:
            if code == "SELECT_CHALLENGE":
                asks(cognito, code, {})
            else:
                cognito.fails("InitiateAuth", code, message)
            unknown = await begin(api, factor)
            assert unknown.status_code == known.status_code == 200
            assert len(unknown.json()["session"]) == len(known.json()["session"])
            assert unknown.json()["parameters"].keys() == known.json()["parameters"].keys()
            refused = await api.post("/login/challenge", json={**wrong, "session": unknown.json()["session"]})
            assert (refused.status_code, slug(refused)) == (known_wrong.status_code, slug(known_wrong))
            assert refused.json()["detail"] == known_wrong.json()["detail"]


async def test_a_simulated_passkey_stays_the_same(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, passkey_relying_party="example.com")) as api:
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        one, two = [(await begin(api, "WEB_AUTHN")).json()["parameters"] for _ in range(2)]
        first, second = one["credential_request_options"], two["credential_request_options"]
        assert first["allowCredentials"] == second["allowCredentials"]
        assert first["challenge"] != second["challenge"]


async def test_a_locked_out_user_is_a_wrong_code(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asks(cognito, "EMAIL_OTP", {})
    session = (await begin(api, "EMAIL_OTP")).json()["session"]
    cognito.fails("RespondToAuthChallenge", "NotAuthorizedException", "Password attempts exceeded")
    refused = await api.post("/login/challenge", json={"challenge": "EMAIL_OTP", "session": session, **CODE})
    assert (refused.status_code, slug(refused)) == (401, "invalid-code")


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
async def test_a_client_without_the_flow_says_so_and_stays_ready(
    api: httpx.AsyncClient, cognito: FakeCognito, factor: str
) -> None:
    cognito.fails("InitiateAuth", "InvalidParameterException", "USER_AUTH flow not enabled for this client")
    response = await begin(api, factor)
    assert (response.status_code, slug(response)) == (422, "validation-failed")
    assert (await api.get("/readyz")).status_code == 200


async def test_a_wrong_secret_is_still_our_fault(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("InitiateAuth", "NotAuthorizedException", "Unable to verify secret hash for client clientid")
    assert slug(await begin(api, "EMAIL_OTP")) == "server-misconfigured"


async def test_a_password_has_no_preferred_challenge(api: httpx.AsyncClient) -> None:
    assert slug(await api.post("/login", json={**LOGIN, "preferred_challenge": "EMAIL_OTP"})) == "validation-failed"


# After a sign-up.


async def test_a_verified_address_can_be_signed_in_at_once(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.answers("SignUp", {**SUCCESS["SignUp"], "Session": SESSION})
    signed_up = await api.post("/signup", json={**LOGIN, "auto_sign_in": True})
    cognito.answers("ConfirmSignUp", {"Session": "confirmed" * 4})
    body = {"email": EMAIL, "code": "123456", "session": signed_up.json()["session"]}
    verified = await api.post("/verify", json=body)
    assert (verified.status_code, verified.json()["access_token"]) == (200, TOKENS["AccessToken"])
    assert cognito.requests[1][1]["Session"] == SESSION
    assert cognito.requests[2][1]["Session"] == "confirmed" * 4
    assert cognito.requests[2][1]["AuthFlow"] == "USER_AUTH"


async def test_a_sign_in_that_fails_leaves_the_verification(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    session = (await api.post("/signup", json={**LOGIN, "auto_sign_in": True})).json()["session"]
    cognito.answers("ConfirmSignUp", {"Session": "confirmed" * 4})
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    for given in (session, "not-sealed-here"):
        response = await api.post("/verify", json={"email": EMAIL, "code": "123456", "session": given})
        assert (response.status_code, response.content) == (204, b"")


async def test_the_session_of_a_taken_address_looks_like_any(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    body = {**LOGIN, "auto_sign_in": True}
    cognito.answers("SignUp", {**SUCCESS["SignUp"], "Session": "x" * 1000})
    new = (await api.post("/signup", json=body)).json()
    cognito.fails("SignUp", "UsernameExistsException")
    taken = (await api.post("/signup", json=body)).json()
    assert new.keys() == taken.keys()
    assert len(new["session"]) == len(taken["session"])


async def test_a_sign_up_without_a_password(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    assert (await api.post("/signup", json={"email": EMAIL})).status_code == 202
    assert "Password" not in cognito.requests[0][1]
    cognito.fails("SignUp", "UsernameExistsException")
    again = await api.post("/signup", json={"email": EMAIL})
    assert again.status_code == 202
    assert cognito.operations()[-1] == "ResendConfirmationCode"
    # Nobody's password lies there, so a stranger's does not contest it.
    await api.post("/signup", json=LOGIN)
    assert (await api.post("/verify", json={"email": EMAIL, "code": "123456"})).status_code == 204


async def test_the_mark_of_an_account_that_is_gone_opens_nothing(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await api.post("/signup", json={"email": EMAIL})
    # It was deleted, and a stranger takes the address with a password of his.
    await api.post("/signup", json=LOGIN)
    cognito.fails("SignUp", "UsernameExistsException")
    await api.post("/signup", json={"email": EMAIL})
    assert slug(await api.post("/verify", json={"email": EMAIL, "code": "123456"})) == "invalid-code"


@pytest.mark.parametrize("code", ["CodeDeliveryFailureException", "LimitExceededException"])
async def test_a_mail_that_was_not_sent_contests_nobody(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str
) -> None:
    cognito.fails("SignUp", code)
    assert (await api.post("/signup", json={"email": EMAIL})).status_code == 202
    assert (await api.post("/verify", json={"email": EMAIL, "code": "123456"})).status_code == 204


async def test_a_pool_by_invitation_says_so_and_stays_ready(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("SignUp", "NotAuthorizedException", "SignUp is not permitted for this user pool")
    response = await api.post("/signup", json=LOGIN)
    assert (response.status_code, slug(response)) == (501, "feature-not-enabled")
    assert (await api.get("/readyz")).status_code == 200


async def test_a_sign_up_without_a_password_contests_a_strangers(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await api.post("/signup", json=LOGIN)
    cognito.fails("SignUp", "UsernameExistsException")
    await api.post("/signup", json={"email": EMAIL})
    assert slug(await api.post("/verify", json={"email": EMAIL, "code": "123456"})) == "invalid-code"


# Seals.


class Value(BaseModel):
    text: str


def test_a_seal_is_for_one_purpose_and_the_first_key_seals() -> None:
    old, new = "old-key-of-some-length", "new-key-of-some-length"
    sealed_before = Sealer([old], "a", 60).seal(Value(text="x"))
    assert Sealer([new, old], "a", 60).open(sealed_before, Value).text == "x"
    with pytest.raises(SealBrokenError):
        Sealer([new], "a", 60).open(sealed_before, Value)
    with pytest.raises(SealBrokenError):
        Sealer([old], "b", 60).open(sealed_before, Value)
    with pytest.raises(SealBrokenError):
        Sealer([old], "a", -1).open(sealed_before, Value)


GONE = [
    ("DELETE", "/me/passkeys/Y3JlZGVudGlhbA", "DeleteWebAuthnCredential"),
    ("DELETE", "/me/devices/us-east-1_0123abcd", "ForgetDevice"),
    ("DELETE", f"/me/sessions/tkn{'a' * 25}", "RevokeUserSession"),
]


@pytest.mark.parametrize(("method", "path", "operation"), GONE)
async def test_what_a_lost_send_has_deleted_is_a_success(
    api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, operation: str
) -> None:
    async def lose_the_first(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        if cognito.operations().count(operation) == 1:
            assert request.transport
            request.transport.abort()
        text = json.dumps({"__type": "ResourceNotFoundException", "message": "it is not there"})
        return web.Response(text=text, status=400, content_type="application/x-amz-json-1.1")

    cognito.handles(operation, lose_the_first)
    response = await api.request(method, path, headers={"Authorization": f"Bearer {KEY.token()}"})
    assert response.status_code == 204, response.text


async def test_a_step_whose_answer_was_lost_is_in_doubt(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.answers("InitiateAuth", {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s" * 20})
    login = {"email": "ada@example.com", "password": "Correct-Horse-9"}
    step = (await api.post("/login", json=login)).json()

    async def lose_the_first(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        if cognito.operations().count("RespondToAuthChallenge") == 1:
            assert request.transport
            request.transport.abort()
        text = json.dumps({"__type": "NotAuthorizedException", "message": "Invalid session for the user."})
        return web.Response(text=text, status=400, content_type="application/x-amz-json-1.1")

    cognito.handles("RespondToAuthChallenge", lose_the_first)
    answer = {"challenge": step["challenge"], "session": step["session"], "code": "123456"}
    response = await api.post("/login/challenge", json=answer)
    assert (response.status_code, slug(response)) == (503, "upstream-unavailable")


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
async def test_an_answer_that_cognito_cannot_read_tells_nothing(cognito: FakeCognito, factor: str) -> None:
    """A simulated challenge ends in the same refusal."""
    options = {"CREDENTIAL_REQUEST_OPTIONS": json.dumps({"challenge": "c"})} if factor == "WEB_AUTHN" else {}
    challenge = {"ChallengeName": factor, "Session": "s" * 20, "ChallengeParameters": options}
    found: list[tuple[int, str]] = []
    async with client_of(settings_for(cognito.url, passkey_relying_party="example.com")) as api:
        for known in (True, False):
            if known:
                cognito.answers("InitiateAuth", challenge)
                cognito.fails("RespondToAuthChallenge", "InvalidParameterException")
            else:
                cognito.fails("InitiateAuth", "UserNotFoundException")
            login = {"email": "ada@example.com", "preferred_challenge": factor}
            step = (await api.post("/login", json=login)).json()
            answer = {"credential": {"id": "x"}} if factor == "WEB_AUTHN" else {"code": "123456"}
            body = {"challenge": factor, "session": step["session"], **answer}
            response = await api.post("/login/challenge", json=body)
            found.append((response.status_code, slug(response)))
    assert found[0] == found[1]


async def test_control_characters_and_names_of_attributes_stay_here(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    custom = {"challenge": "CUSTOM_CHALLENGE", "session": "a" * 20, "answer": "a\x00b"}
    new = {"challenge": "NEW_PASSWORD_REQUIRED", "session": "a" * 20, "new_password": "Correct-Horse-9"}
    for body in (
        custom,
        {**new, "attributes": {"name": "a\x00b"}},
        {**new, "attributes": {"My-Secret-Canary!": "x"}},
    ):
        response = await api.post("/login/challenge", json=body)
        assert (response.status_code, slug(response)) == (422, "validation-failed")
        assert "Canary" not in response.text
    assert cognito.requests == []


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NotAuthorizedException", 401, "challenge-expired"),
        ("EnableSoftwareTokenMFAException", 401, "invalid-code"),
    ],
)
async def test_the_first_code_of_a_new_secret_is_a_step_like_any_other(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int, expected: str
) -> None:
    parameters = {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}
    cognito.answers(
        "InitiateAuth", {"ChallengeName": "MFA_SETUP", "Session": "s" * 20, "ChallengeParameters": parameters}
    )
    login = {"email": "ada@example.com", "password": "Correct-Horse-9"}
    step = (await api.post("/login", json=login)).json()
    cognito.fails("VerifySoftwareToken", code)
    answer = {"challenge": "MFA_SETUP", "session": step["session"], "code": "123456"}
    response = await api.post("/login/challenge", json=answer)
    assert response.status_code == status
    assert slug(response) == expected


async def test_a_device_challenge_without_a_session_is_refused_clearly(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.answers("InitiateAuth", {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {}})
    response = await api.post("/login", json={"email": "ada@example.com", "password": "Correct-Horse-9"})
    assert (response.status_code, slug(response)) == (501, "challenge-not-supported")
