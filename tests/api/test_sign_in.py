"""Sign-in challenges over HTTP: each challenge, its response, and information that neither may disclose."""

import json
from typing import Any

import httpx
import pytest
from aiohttp import web
from botocore.loaders import Loader
from pydantic import BaseModel

from api.cognito.challenge_gateway import ANSWERS
from api.cognito.secret_hash import secret_hash
from api.kit.sealing import SealBrokenError, Sealer
from api.sign_in.service import SUPPORTED
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LOGIN = {"email": EMAIL, "password": PASSWORD}
SESSION = "cognito-session-0123456789"
HASH = secret_hash(SUB, "clientid", "client-secret-canary-of-length")
CODE = {"code": "123456"}
CREDENTIAL = {"id": "abc", "type": "public-key", "response": {"signature": "x"}}
OPTIONS: dict[str, Any] = {"challenge": "c2VjcmV0", "allowCredentials": []}
# Challenge name, Cognito's parameters, parameters shown to the client, response, response sent to Cognito.
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


def return_challenge(
    cognito: FakeCognito, name: str, parameters: dict[str, str], operation: str = "InitiateAuth"
) -> None:
    """Make the fake Cognito return a challenge for ``operation``."""
    available = {"AvailableChallenges": ["EMAIL_OTP"]} if name == "SELECT_CHALLENGE" else {}
    parameters = {"USER_ID_FOR_SRP": SUB, **parameters}
    challenge = {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters}
    cognito.answers(operation, challenge | available)


async def sealed(api: httpx.AsyncClient, cognito: FakeCognito, name: str = "SOFTWARE_TOKEN_MFA") -> str:
    return_challenge(cognito, name, {})
    return str((await api.post("/login", json=LOGIN)).json()["session"])


NOBODY = [
    ("NotAuthorizedException", "Incorrect username or password."),
    ("UserNotFoundException", ""),
    ("UserNotConfirmedException", ""),
    ("PasswordResetRequiredException", ""),
]


async def start_login(api: httpx.AsyncClient, factor: str) -> httpx.Response:
    return await api.post("/login", json={"email": EMAIL, "preferred_challenge": factor})


class Value(BaseModel):
    text: str


GONE = [
    ("DELETE", "/me/passkeys/Y3JlZGVudGlhbA", "DeleteWebAuthnCredential"),
    ("DELETE", "/me/devices/us-east-1_0123abcd", "ForgetDevice"),
    ("DELETE", f"/me/sessions/tkn{'a' * 25}", "RevokeUserSession"),
]


class TestChallenges:
    @pytest.mark.parametrize(("name", "sent", "shown", "answer", "received"), CASES)
    async def test_challenge_round_trip_returns_tokens(
        self,
        api: httpx.AsyncClient,
        cognito: FakeCognito,
        name: str,
        sent: dict[str, str],
        shown: dict[str, Any],
        answer: dict[str, Any],
        received: dict[str, str],
    ) -> None:
        return_challenge(cognito, name, sent)
        step = await api.post("/login", json=LOGIN)
        assert step.status_code == 200, step.text
        assert step.headers["cache-control"] == "no-store"
        assert step.json().keys() == {"challenge", "session", "parameters"}
        assert (step.json()["challenge"], step.json()["parameters"]) == (name, shown)
        assert SESSION not in step.text
        answered = await api.post(
            "/login/challenge", json={"challenge": name, "session": step.json()["session"], **answer}
        )
        assert answered.json()["access_token"] == TOKENS["AccessToken"], answered.text
        assert cognito.requests[-1] == (
            "RespondToAuthChallenge",
            {
                "ClientId": "clientid",
                "ChallengeName": name,
                "Session": SESSION,
                # The user name assigned by Cognito, not the address.
                "ChallengeResponses": {"USERNAME": SUB, "SECRET_HASH": HASH, **received},
            },
        )

    async def test_response_can_lead_to_second_challenge(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        return_challenge(cognito, "NEW_PASSWORD_REQUIRED", {})
        step = (await api.post("/login", json=LOGIN)).json()
        cognito.answers("RespondToAuthChallenge", {"ChallengeName": "SMS_MFA", "Session": "another" * 5})
        body = {"challenge": step["challenge"], "session": step["session"], "new_password": "Another-Horse-9"}
        step = (await api.post("/login/challenge", json=body)).json()
        assert step["challenge"] == "SMS_MFA"
        cognito.answers("RespondToAuthChallenge", SUCCESS["RespondToAuthChallenge"])
        body = {"challenge": "SMS_MFA", "session": step["session"], **CODE}
        assert (await api.post("/login/challenge", json=body)).json()["expires_in"] == 3600
        # Cognito did not repeat the user name in the second challenge.
        assert cognito.requests[-1][1]["ChallengeResponses"]["USERNAME"] == SUB
        assert cognito.requests[-1][1]["Session"] == "another" * 5

    async def test_mfa_setup_registers_totp_app(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        return_challenge(cognito, "MFA_SETUP", {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'})
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
    async def test_unsupported_challenge_is_501(self, api: httpx.AsyncClient, cognito: FakeCognito, name: str) -> None:
        return_challenge(cognito, name, {"MFAS_CAN_SETUP": '["SMS_MFA"]'})
        response = await api.post("/login", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (501, "challenge-not-supported")

    async def test_device_challenge_without_session_is_501(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.answers("InitiateAuth", {"ChallengeName": "DEVICE_SRP_AUTH", "ChallengeParameters": {}})
        response = await api.post("/login", json={"email": "ada@example.com", "password": "Correct-Horse-9"})
        assert (response.status_code, problem_slug(response)) == (501, "challenge-not-supported")

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
    async def test_unreadable_parameters_are_502(
        self, api: httpx.AsyncClient, cognito: FakeCognito, parameters: dict[str, str]
    ) -> None:
        return_challenge(cognito, "SELECT_MFA_TYPE", parameters)
        response = await api.post("/login", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    def test_challenge_names_match_botocore_model(self) -> None:
        model: Any = Loader().load_service_model("cognito-idp", "service-2")  # pyright: ignore[reportUnknownMemberType]
        refused = {
            "DEVICE_SRP_AUTH",
            "DEVICE_PASSWORD_VERIFIER",
            "PASSWORD_VERIFIER",
            "PASSWORD_SRP",
            "ADMIN_NO_SRP_AUTH",
        }
        assert set(model["shapes"]["ChallengeNameType"]["enum"]) == SUPPORTED | refused
        assert ANSWERS.keys() | {"MFA_SETUP"} == SUPPORTED


class TestChallengeSession:
    async def test_session_of_other_challenge_is_refused(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        session = await sealed(api, cognito)
        response = await api.post("/login/challenge", json={"challenge": "SMS_MFA", "session": session, **CODE})
        assert problem_slug(response) == "validation-failed"
        assert response.json()["errors"] == [
            {"pointer": "/challenge", "detail": "It must be SOFTWARE_TOKEN_MFA, the session's challenge."}
        ]
        assert cognito.operations() == ["InitiateAuth"]

    async def test_tampered_session_is_401(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        session = await sealed(api, cognito)
        forged = Sealer(["another-key-of-some-length"], "challenge", 60).seal(Value(text="x"))
        middle = len(session) // 2
        changed = session[:middle] + ("A" if session[middle] != "A" else "B") + session[middle + 1 :]
        for broken in (changed, session[:-8], forged, "x"):
            body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": broken, **CODE}
            response = await api.post("/login/challenge", json=body)
            assert (response.status_code, problem_slug(response)) == (401, "challenge-expired")
        assert cognito.operations() == ["InitiateAuth"]

    async def test_session_is_valid_on_another_worker(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url)) as one, client_of(settings_for(cognito.url)) as two:
            body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": await sealed(one, cognito), **CODE}
            assert (await two.post("/login/challenge", json=body)).status_code == 200

    async def test_session_allows_three_attempts(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("RespondToAuthChallenge", "CodeMismatchException")
        body = {"challenge": "SOFTWARE_TOKEN_MFA", "session": await sealed(api, cognito), **CODE}
        found = [problem_slug(await api.post("/login/challenge", json=body)) for _ in range(4)]
        assert found == ["invalid-code"] * 3 + ["challenge-expired"]

    async def test_weak_new_password_uses_no_attempt(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        body = {"challenge": "NEW_PASSWORD_REQUIRED", "session": await sealed(api, cognito, "NEW_PASSWORD_REQUIRED")}
        for _ in range(5):
            weak = await api.post("/login/challenge", json={**body, "new_password": "weak"})
            assert problem_slug(weak) == "invalid-password"
            assert weak.json()["errors"][0]["pointer"] == "/new_password"
        assert (await api.post("/login/challenge", json={**body, "new_password": "Another-Horse-9"})).status_code == 200

    def test_seal_depends_on_key_purpose_and_age(self) -> None:
        old, new = "old-key-of-some-length", "new-key-of-some-length"
        sealed_before = Sealer([old], "a", 60).seal(Value(text="x"))
        assert Sealer([new, old], "a", 60).open(sealed_before, Value).text == "x"
        with pytest.raises(SealBrokenError):
            Sealer([new], "a", 60).open(sealed_before, Value)
        with pytest.raises(SealBrokenError):
            Sealer([old], "b", 60).open(sealed_before, Value)
        with pytest.raises(SealBrokenError):
            Sealer([old], "a", -1).open(sealed_before, Value)


class TestErrorResponses:
    async def test_unrequested_attribute_is_refused(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        session = await sealed(api, cognito, "NEW_PASSWORD_REQUIRED")
        body = {"challenge": "NEW_PASSWORD_REQUIRED", "session": session, "new_password": "Another-Horse-9"}
        response = await api.post("/login/challenge", json={**body, "attributes": {"custom:role": "admin"}})
        assert problem_slug(response) == "validation-failed"
        assert response.json()["errors"][0]["pointer"] == "/attributes/custom:role"
        assert cognito.operations() == ["InitiateAuth"]

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
    async def test_cognito_error_maps_to_problem(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str, expected: str
    ) -> None:
        session = await sealed(api, cognito)
        cognito.fails("RespondToAuthChallenge", code, message)
        response = await api.post(
            "/login/challenge", json={"challenge": "SOFTWARE_TOKEN_MFA", "session": session, **CODE}
        )
        assert problem_slug(response) == expected

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
    async def test_invalid_body_names_field(self, api: httpx.AsyncClient, body: dict[str, str], pointer: str) -> None:
        response = await api.post("/login/challenge", json={"session": "abc", **body})
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
        assert "canary" not in response.text

    async def test_invalid_values_are_refused_before_any_call(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        custom = {"challenge": "CUSTOM_CHALLENGE", "session": "a" * 20, "answer": "a\x00b"}
        new = {"challenge": "NEW_PASSWORD_REQUIRED", "session": "a" * 20, "new_password": "Correct-Horse-9"}
        for body in (
            custom,
            {**new, "attributes": {"name": "a\x00b"}},
            {**new, "attributes": {"My Secret Canary": "x"}},
        ):
            response = await api.post("/login/challenge", json=body)
            assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
            assert "Canary" not in response.text
        assert cognito.requests == []

    @pytest.mark.parametrize(
        ("code", "status", "expected"),
        [
            ("NotAuthorizedException", 401, "challenge-expired"),
            ("EnableSoftwareTokenMFAException", 401, "invalid-code"),
        ],
    )
    async def test_mfa_setup_code_error_maps_to_problem(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int, expected: str
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
        assert problem_slug(response) == expected

    async def test_retry_after_lost_response_is_503(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
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
        assert (response.status_code, problem_slug(response)) == (503, "upstream-unavailable")

    @pytest.mark.parametrize(("method", "path", "operation"), GONE)
    async def test_delete_after_lost_response_is_204(
        self, api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, operation: str
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


class TestPasswordlessLogin:
    async def test_email_alone_starts_email_code_login(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        return_challenge(cognito, "EMAIL_OTP", {"CODE_DELIVERY_DESTINATION": "a***@e***"})
        step = (await api.post("/login", json={"email": EMAIL})).json()
        assert cognito.requests[0][1]["AuthFlow"] == "USER_AUTH"
        assert cognito.requests[0][1]["AuthParameters"]["PREFERRED_CHALLENGE"] == "EMAIL_OTP"
        body = {"challenge": "EMAIL_OTP", "session": step["session"], "code": "12345678"}
        assert (await api.post("/login/challenge", json=body)).json()["token_type"] == "Bearer"

    async def test_passwordless_off_requires_password(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, passwordless=False)) as api:
            for path in ("/login", "/signup"):
                response = await api.post(path, json={"email": EMAIL})
                assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
                assert response.json()["errors"][0]["pointer"] == "/password"
        assert cognito.requests == []

    async def test_email_code_login_is_rate_limited(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, rate_limits="on")) as api:
            return_challenge(cognito, "EMAIL_OTP", {})
            found = [(await start_login(api, "EMAIL_OTP")).status_code for _ in range(11)]
        assert found == [200] * 8 + [429] * 3

    @pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
    async def test_disabled_user_auth_flow_is_422_and_ready(
        self, api: httpx.AsyncClient, cognito: FakeCognito, factor: str
    ) -> None:
        cognito.fails("InitiateAuth", "InvalidParameterException", "USER_AUTH flow not enabled for this client")
        response = await start_login(api, factor)
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert (await api.get("/readyz")).status_code == 200

    async def test_wrong_client_secret_is_server_misconfigured(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("InitiateAuth", "NotAuthorizedException", "Unable to verify secret hash for client clientid")
        assert problem_slug(await start_login(api, "EMAIL_OTP")) == "server-misconfigured"

    async def test_password_with_preferred_challenge_is_refused(self, api: httpx.AsyncClient) -> None:
        assert (
            problem_slug(await api.post("/login", json={**LOGIN, "preferred_challenge": "EMAIL_OTP"}))
            == "validation-failed"
        )


class TestAccountEnumeration:
    @pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
    async def test_response_hides_whether_account_exists(self, cognito: FakeCognito, factor: str) -> None:
        async with client_of(settings_for(cognito.url, passkey_relying_party="example.com")) as api:
            wrong = {
                "challenge": factor,
                **({"code": "123456"} if factor == "EMAIL_OTP" else {"credential": CREDENTIAL}),
            }
            options = json.dumps({"challenge": "x" * 43, "rpId": "example.com", "allowCredentials": []})
            sent = {"CODE_DELIVERY_DESTINATION": "a***@e***"} if factor == "EMAIL_OTP" else {}
            return_challenge(cognito, factor, sent or {"CREDENTIAL_REQUEST_OPTIONS": options})
            known = await start_login(api, factor)
            cognito.fails(
                "RespondToAuthChallenge",
                "CodeMismatchException" if factor == "EMAIL_OTP" else "NotAuthorizedException",
            )
            known_wrong = await api.post("/login/challenge", json={**wrong, "session": known.json()["session"]})
            for code, message in [*NOBODY, ("SELECT_CHALLENGE", "")]:
                if code == "SELECT_CHALLENGE":
                    return_challenge(cognito, code, {})
                else:
                    cognito.fails("InitiateAuth", code, message)
                unknown = await start_login(api, factor)
                assert unknown.status_code == known.status_code == 200
                assert len(unknown.json()["session"]) == len(known.json()["session"])
                assert unknown.json()["parameters"].keys() == known.json()["parameters"].keys()
                refused = await api.post("/login/challenge", json={**wrong, "session": unknown.json()["session"]})
                assert (refused.status_code, problem_slug(refused)) == (
                    known_wrong.status_code,
                    problem_slug(known_wrong),
                )
                assert refused.json()["detail"] == known_wrong.json()["detail"]

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
    async def test_first_factor_every_error_is_invalid_code(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str
    ) -> None:
        return_challenge(cognito, "EMAIL_OTP", {})
        session = (await start_login(api, "EMAIL_OTP")).json()["session"]
        cognito.fails("RespondToAuthChallenge", code, message)
        refused = await api.post("/login/challenge", json={"challenge": "EMAIL_OTP", "session": session, **CODE})
        assert (refused.status_code, problem_slug(refused)) == (401, "invalid-code")

    async def test_locked_out_user_is_invalid_code(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        return_challenge(cognito, "EMAIL_OTP", {})
        session = (await start_login(api, "EMAIL_OTP")).json()["session"]
        cognito.fails("RespondToAuthChallenge", "NotAuthorizedException", "Password attempts exceeded")
        refused = await api.post("/login/challenge", json={"challenge": "EMAIL_OTP", "session": session, **CODE})
        assert (refused.status_code, problem_slug(refused)) == (401, "invalid-code")

    async def test_simulated_passkey_is_stable(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, passkey_relying_party="example.com")) as api:
            cognito.fails("InitiateAuth", "NotAuthorizedException")
            one, two = [(await start_login(api, "WEB_AUTHN")).json()["parameters"] for _ in range(2)]
            first, second = one["credential_request_options"], two["credential_request_options"]
            assert first["allowCredentials"] == second["allowCredentials"]
            assert first["challenge"] != second["challenge"]

    @pytest.mark.parametrize("factor", ["EMAIL_OTP", "WEB_AUTHN"])
    async def test_rejected_input_hides_whether_account_exists(self, cognito: FakeCognito, factor: str) -> None:
        """A simulated challenge ends with the same error."""
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
                found.append((response.status_code, problem_slug(response)))
        assert found[0] == found[1]


class TestSignUp:
    async def test_auto_sign_in_after_verification_returns_tokens(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.answers("SignUp", {**SUCCESS["SignUp"], "Session": SESSION})
        signed_up = await api.post("/signup", json={**LOGIN, "auto_sign_in": True})
        cognito.answers("ConfirmSignUp", {"Session": "confirmed" * 4})
        body = {"email": EMAIL, "code": "123456", "session": signed_up.json()["session"]}
        verified = await api.post("/verify", json=body)
        assert (verified.status_code, verified.json()["access_token"]) == (200, TOKENS["AccessToken"])
        assert cognito.requests[1][1]["Session"] == SESSION
        assert cognito.requests[2][1]["Session"] == "confirmed" * 4
        assert cognito.requests[2][1]["AuthFlow"] == "USER_AUTH"

    async def test_failed_auto_sign_in_keeps_verification(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        session = (await api.post("/signup", json={**LOGIN, "auto_sign_in": True})).json()["session"]
        cognito.answers("ConfirmSignUp", {"Session": "confirmed" * 4})
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        for given in (session, "not-sealed-here"):
            response = await api.post("/verify", json={"email": EMAIL, "code": "123456", "session": given})
            assert (response.status_code, response.content) == (204, b"")

    async def test_taken_address_session_has_same_length(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        body = {**LOGIN, "auto_sign_in": True}
        cognito.answers("SignUp", {**SUCCESS["SignUp"], "Session": "x" * 1000})
        new = (await api.post("/signup", json=body)).json()
        cognito.fails("SignUp", "UsernameExistsException")
        taken = (await api.post("/signup", json=body)).json()
        assert new.keys() == taken.keys()
        assert len(new["session"]) == len(taken["session"])

    async def test_passwordless_sign_up_has_no_password(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        assert (await api.post("/signup", json={"email": EMAIL})).status_code == 202
        assert "Password" not in cognito.requests[0][1]
        cognito.fails("SignUp", "UsernameExistsException")
        again = await api.post("/signup", json={"email": EMAIL})
        assert again.status_code == 202
        assert cognito.operations()[-1] == "ResendConfirmationCode"
        assert (await api.post("/verify", json={"email": EMAIL, "code": "123456"})).status_code == 204

    async def test_sign_up_disabled_in_pool_is_409(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("SignUp", "NotAuthorizedException", "SignUp is not permitted for this user pool")
        response = await api.post("/signup", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")
        assert (await api.get("/readyz")).status_code == 200
