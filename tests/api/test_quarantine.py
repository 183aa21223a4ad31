"""Account pre-hijacking over HTTP: what the states and events of ``api.quarantine`` do to each route.

The order of concurrent requests, faults and crashes is the matter of ``tests/model``.
"""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from api.errors import ConfigurationError
from api.state.address_store import AddressRecord
from api.state.memory import MemoryAddressStore
from api.state.sqlite import SqliteAddressStore
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import CONTENT_TYPE, OTHER_SUB, SUCCESS, TOKENS, FakeCognito
from tests.support.servers import free_port
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LOGIN = {"email": EMAIL, "password": PASSWORD}
CODE = {"email": EMAIL, "code": "123456"}
RESET = {**CODE, "new_password": "Another-Horse-9"}
BEARER = {"Authorization": f"Bearer {KEY.token(**{'cognito:groups': ['admins']})}"}
SESSION = "s" * 24


def challenge(name: str, **parameters: str) -> dict[str, Any]:
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": {"USER_ID_FOR_SRP": SUB, **parameters}}


def tokens_of(sub: str) -> dict[str, Any]:
    return {"AuthenticationResult": {**TOKENS, "AccessToken": KEY.token(sub=sub), "TokenType": "Bearer"}}


@pytest.fixture
async def api(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    """The API without passwordless sign-in, so that every account has a password."""
    async with client_of(settings_for(cognito.url, passwordless=False)) as client:
        yield client


async def quarantine(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """Verify an address that was signed up twice, with the code alone."""
    for _ in range(2):
        assert (await api.post("/signup", json=LOGIN)).status_code == 202
    refused = await api.post("/verify", json=CODE)
    assert (refused.status_code, problem_slug(refused)) == (403, "password-reset-required")
    cognito.requests.clear()


async def called(cognito: FakeCognito, operation: str) -> None:
    """Wait until Cognito has been asked."""
    while operation not in cognito.operations():  # noqa: ASYNC110 - the fake has no event for it
        await asyncio.sleep(0.01)


def shown(response: httpx.Response) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, headers, response.json() | {"instance": ""}


class TestVerification:
    async def test_sole_sign_up_needs_code_alone(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await api.post("/signup", json=LOGIN)
        assert (await api.post("/verify", json=CODE)).status_code == 204
        assert (await api.post("/login", json=LOGIN)).status_code == 200
        assert cognito.operations() == ["SignUp", "ConfirmSignUp", "InitiateAuth"]

    async def test_unproven_address_needs_reset(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        response = await api.post("/verify", json=CODE)
        assert (response.status_code, problem_slug(response)) == (403, "password-reset-required")
        assert cognito.operations() == ["ConfirmSignUp", "ForgotPassword"]

    async def test_password_proves_account_and_its_session_ends(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        assert (await api.post("/verify", json={**CODE, "password": PASSWORD})).status_code == 204
        assert cognito.operations() == ["ConfirmSignUp", "InitiateAuth", "RevokeToken"]
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_password_and_session_sign_in(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        session = (await api.post("/signup", json={**LOGIN, "auto_sign_in": True})).json()["session"]
        response = await api.post("/verify", json={**CODE, "password": PASSWORD, "session": session})
        assert (response.status_code, response.json()["access_token"]) == (200, TOKENS["AccessToken"])
        assert "RevokeToken" not in cognito.operations()

    @pytest.mark.parametrize(
        ("name", "status"), [("SOFTWARE_TOKEN_MFA", 204), ("NEW_PASSWORD_REQUIRED", 204), ("CUSTOM_CHALLENGE", 403)]
    )
    async def test_challenge_after_password_proves_account(
        self, api: httpx.AsyncClient, cognito: FakeCognito, name: str, status: int
    ) -> None:
        cognito.answers("InitiateAuth", challenge(name))
        assert (await api.post("/verify", json={**CODE, "password": PASSWORD})).status_code == status

    @pytest.mark.parametrize(
        "fails", ["NotAuthorizedException", "TooManyRequestsException", "UserLambdaValidationException"]
    )
    async def test_unproved_password_needs_reset(
        self, api: httpx.AsyncClient, cognito: FakeCognito, fails: str
    ) -> None:
        """Even after a sole sign-up: the code and the sign-up may be of two people."""
        await api.post("/signup", json=LOGIN)
        cognito.fails("InitiateAuth", fails)
        response = await api.post("/verify", json={**CODE, "password": PASSWORD})
        assert (response.status_code, problem_slug(response)) == (403, "password-reset-required")
        assert cognito.operations()[-1] == "ForgotPassword"

    async def test_reset_mail_that_fails_does_not_change_answer(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("ForgotPassword", "TooManyRequestsException")
        assert problem_slug(await api.post("/verify", json=CODE)) == "password-reset-required"

    async def test_passwordless_address_is_verified_by_code_alone(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, passwordless=True)) as api:
            assert (await api.post("/verify", json=CODE)).status_code == 204
            assert cognito.operations() == ["ConfirmSignUp"]
            assert (await api.post("/login", json=LOGIN)).status_code == 401

    @pytest.mark.parametrize(
        "code", ["UserLambdaValidationException", "UnexpectedLambdaException", "InvalidLambdaResponseException"]
    )
    async def test_trigger_refusal_is_confirmation(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        await api.post("/signup", json=LOGIN)
        cognito.fails("ConfirmSignUp", code)
        assert (await api.post("/verify", json=CODE)).status_code == 204

    async def test_password_can_be_required_always(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, passwordless=False, verify_requires_password=True)) as api:
            await api.post("/signup", json=LOGIN)
            assert problem_slug(await api.post("/verify", json=CODE)) == "password-reset-required"

    @pytest.mark.parametrize("code", ["SignUp", "refused"])
    async def test_wrong_code_leaves_no_mark(self, api: httpx.AsyncClient, cognito: FakeCognito, code: str) -> None:
        cognito.fails("ConfirmSignUp", "CodeMismatchException" if code == "SignUp" else "UserNotFoundException")
        for given in (CODE, {**CODE, "password": PASSWORD}):
            assert problem_slug(await api.post("/verify", json=given)) == "invalid-code"
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_sign_up_for_taken_address_sends_new_code(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("SignUp", "UsernameExistsException")
        assert (await api.post("/signup", json=LOGIN)).status_code == 202
        assert cognito.operations() == ["SignUp", "ResendConfirmationCode"]

    @pytest.mark.parametrize("fails", ["TooManyRequestsException", "InvalidParameterException"])
    async def test_new_code_that_fails_is_concealed(
        self, api: httpx.AsyncClient, cognito: FakeCognito, caplog: pytest.LogCaptureFixture, fails: str
    ) -> None:
        new = await api.post("/signup", json=LOGIN)
        cognito.fails("SignUp", "UsernameExistsException")
        cognito.fails("ResendConfirmationCode", fails)
        taken = await api.post("/signup", json=LOGIN)
        assert (taken.status_code, taken.content) == (new.status_code, new.content)
        assert ("sign-up concealed a fault: RateLimited" in caplog.messages) == (fails == "TooManyRequestsException")

    async def test_refused_sign_up_adds_no_entry(self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> None:
        counted: list[str] = []
        count = MemoryAddressStore.count_attempt

        async def counting(self: MemoryAddressStore, key: str, attempt: str) -> None:
            counted.append(key)
            await count(self, key, attempt)

        monkeypatch.setattr(MemoryAddressStore, "count_attempt", counting)
        async with client_of(settings_for(cognito.url, rate_limits="on")) as api:
            statuses = [(await api.post("/signup", json=LOGIN)).status_code for _ in range(14)]
            weak = await api.post("/signup", json={"email": "bob@example.com", "password": "weak"})
        assert (statuses.count(202), statuses.count(429), weak.status_code) == (8, 6, 422)
        assert len(counted) == 8

    async def test_administration_invalidates_unproved_password(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Other clients of the pool refuse it, too; then the address need not be quarantined here."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
        async with client_of(settings_for(cognito.url, passwordless=False, admin_group="admins")) as api:
            assert problem_slug(await api.post("/verify", json=CODE)) == "password-reset-required"
            assert cognito.operations() == [
                "ConfirmSignUp",
                "AdminGetUser",
                "AdminResetUserPassword",
                "AdminUserGlobalSignOut",
            ]
            assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_administration_that_fails_keeps_quarantine(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
        cognito.fails("AdminResetUserPassword", "TooManyRequestsException")
        async with client_of(settings_for(cognito.url, passwordless=False, admin_group="admins")) as api:
            assert problem_slug(await api.post("/verify", json=CODE)) == "password-reset-required"
            assert (await api.post("/login", json=LOGIN)).status_code == 401


class TestSignIn:
    async def test_right_password_is_refused_like_wrong_one(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        right = await api.post("/login", json=LOGIN)
        assert cognito.operations() == ["InitiateAuth", "RevokeToken"]
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        wrong = await api.post("/login", json=LOGIN)
        assert shown(right) == shown(wrong)
        assert (right.status_code, problem_slug(right)) == (401, "invalid-credentials")

    async def test_required_reset_is_revealed_if_asked_to(self, cognito: FakeCognito) -> None:
        settings = settings_for(cognito.url, passwordless=False, reveal_account_state=True)
        async with client_of(settings) as api:
            await quarantine(api, cognito)
            assert problem_slug(await api.post("/login", json=LOGIN)) == "password-reset-required"

    async def test_challenge_after_password_is_refused(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        cognito.answers("InitiateAuth", challenge("SOFTWARE_TOKEN_MFA"))
        assert problem_slug(await api.post("/login", json=LOGIN)) == "invalid-credentials"

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("UserLambdaValidationException", "PostAuthentication failed with error no."),
            ("UnexpectedLambdaException", "PreTokenGeneration invocation failed"),
            ("InvalidSmsRoleAccessPolicyException", "role"),
            ("CodeDeliveryFailureException", "not delivered"),
        ],
    )
    async def test_error_after_right_password_is_refused_like_wrong_one(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str
    ) -> None:
        cognito.fails("InitiateAuth", code, message)
        assert (await api.post("/login", json=LOGIN)).status_code != 401
        await quarantine(api, cognito)
        assert problem_slug(await api.post("/login", json=LOGIN)) == "invalid-credentials"

    async def test_invitation_is_taken_up_and_ends_quarantine(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await quarantine(api, cognito)
        cognito.answers("InitiateAuth", challenge("NEW_PASSWORD_REQUIRED", requiredAttributes="[]"))
        asked = (await api.post("/login", json=LOGIN)).json()
        assert asked["challenge"] == "NEW_PASSWORD_REQUIRED"
        body = {"challenge": asked["challenge"], "session": asked["session"], "new_password": "Another-Horse-9"}
        assert (await api.post("/login/challenge", json=body)).status_code == 200
        cognito.answers("InitiateAuth", SUCCESS["InitiateAuth"])
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_password_challenge_is_refused(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url)) as api:
            session = (await api.post("/signup", json={**LOGIN, "auto_sign_in": True})).json()["session"]
            cognito.answers("ConfirmSignUp", {"Session": SESSION})
            cognito.answers("InitiateAuth", {**challenge("SELECT_CHALLENGE"), "AvailableChallenges": ["PASSWORD"]})
            asked = (await api.post("/verify", json={**CODE, "session": session})).json()
            for _ in range(2):
                await api.post("/signup", json=LOGIN)
            assert (await api.post("/verify", json=CODE)).status_code == 204
            body = {**asked, "answer": "PASSWORD", "password": PASSWORD}
            del body["parameters"]
            refused = await api.post("/login/challenge", json=body)
            assert problem_slug(refused) == "invalid-credentials"

    async def test_sign_in_waits_for_verification_in_flight(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            reached.set()
            await go_on.wait()
            return web.json_response({"__type": "CodeMismatchException"}, status=400, content_type=CONTENT_TYPE)

        cognito.handles("ConfirmSignUp", slow)
        verifying = asyncio.create_task(api.post("/verify", json=CODE))
        await reached.wait()
        signing_in = asyncio.create_task(api.post("/login", json=LOGIN))
        await called(cognito, "InitiateAuth")
        assert not signing_in.done()
        go_on.set()
        assert (await signing_in).status_code == 200
        assert (await verifying).status_code == 400

    async def test_sign_in_does_not_wait_for_ever(
        self, api: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.quarantine.quarantine._WAIT_SECONDS", 0.0)

        async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            await asyncio.sleep(30)
            return web.Response()

        cognito.handles("ConfirmSignUp", hang)
        verifying = asyncio.create_task(api.post("/verify", json=CODE))
        await called(cognito, "ConfirmSignUp")
        assert (await api.post("/login", json=LOGIN)).status_code == 401
        verifying.cancel()

    async def test_another_user_of_the_address_is_quarantined(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        """The known user was deleted elsewhere."""
        assert (await api.post("/login", json=LOGIN)).status_code == 200
        cognito.answers("InitiateAuth", tokens_of(OTHER_SUB))
        assert (await api.post("/login", json=LOGIN)).status_code == 401
        cognito.answers("InitiateAuth", SUCCESS["InitiateAuth"])
        assert (await api.post("/login", json=LOGIN)).status_code == 401
        assert (await api.post("/password/reset", json=RESET)).status_code == 204
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_code_sign_in_of_another_user_quarantines_password(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url)) as api:
            assert (await api.post("/login", json=LOGIN)).status_code == 200
            cognito.answers("InitiateAuth", challenge("EMAIL_OTP"))
            cognito.answers("RespondToAuthChallenge", tokens_of(OTHER_SUB))
            asked = (await api.post("/login", json={"email": EMAIL})).json()
            body = {"challenge": "EMAIL_OTP", "session": asked["session"], "code": "123456"}
            assert (await api.post("/login/challenge", json=body)).status_code == 200
            cognito.answers("InitiateAuth", tokens_of(OTHER_SUB))
            assert (await api.post("/login", json=LOGIN)).status_code == 401

    async def test_wrong_code_and_fault_do_not_shut_known_user_out(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        assert (await api.post("/login", json=LOGIN)).status_code == 200
        cognito.fails("ConfirmSignUp", "InternalErrorException", status=500)
        assert (await api.post("/verify", json=CODE)).status_code == 503
        assert (await api.post("/login", json=LOGIN)).status_code == 200


class TestOtherWays:
    async def test_code_by_mail_signs_in_and_lifts_nothing(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url)) as api:
            assert (await api.post("/verify", json=CODE)).status_code == 204
            cognito.answers("InitiateAuth", challenge("EMAIL_OTP"))
            asked = (await api.post("/login", json={"email": EMAIL})).json()
            body = {"challenge": "EMAIL_OTP", "session": asked["session"], "code": "123456"}
            assert (await api.post("/login/challenge", json=body)).status_code == 200
            cognito.answers("InitiateAuth", SUCCESS["InitiateAuth"])
            assert (await api.post("/login", json=LOGIN)).status_code == 401

    async def test_address_cannot_be_changed(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        refused = await api.patch("/me", json={"email": "new@example.com"}, headers=BEARER)
        assert (refused.status_code, problem_slug(refused)) == (403, "password-reset-required")
        assert "UpdateUserAttributes" not in cognito.operations()

    async def test_deletion_ends_quarantine(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        assert (await api.delete("/me", headers=BEARER)).status_code == 204
        assert (await api.post("/login", json=LOGIN)).status_code == 200


class TestReset:
    async def test_reset_lifts_quarantine(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        assert (await api.post("/password/reset", json=RESET)).status_code == 204
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_inferred_reset_lifts_nothing(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await quarantine(api, cognito)
        cognito.fails("ConfirmForgotPassword", "InternalErrorException", status=500)
        assert (await api.post("/password/reset", json=RESET)).status_code == 503
        assert (await api.post("/login", json=LOGIN)).status_code == 401

    async def test_reset_without_end_of_sessions_lifts_nothing(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await quarantine(api, cognito)
        cognito.fails("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded")
        assert (await api.post("/password/reset", json=RESET)).status_code == 503
        cognito.answers("InitiateAuth", SUCCESS["InitiateAuth"])
        assert (await api.post("/login", json=LOGIN)).status_code == 401
        assert (await api.post("/password/reset", json=RESET)).status_code == 204
        assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_reset_followed_by_challenge_lifts_quarantine(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await quarantine(api, cognito)
        cognito.answers("InitiateAuth", {"ChallengeName": "SMS_MFA", "Session": SESSION, "ChallengeParameters": {}})
        response = await api.post("/password/reset", json=RESET)
        assert (response.status_code, response.json()) == (200, {"sessions_ended": False})
        assert (await api.post("/login", json=LOGIN)).json()["challenge"] == "SMS_MFA"


class TestAdministration:
    @pytest.fixture
    async def admin(self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
        attributes = [{"Name": "sub", "Value": OTHER_SUB}, {"Name": "email", "Value": "Ada@Example.com"}]
        cognito.answers("AdminGetUser", {**SUCCESS["AdminGetUser"], "UserAttributes": attributes})
        settings = settings_for(cognito.url, passwordless=False, admin_group="admins")
        async with client_of(settings) as client:
            client.headers.update(BEARER)
            yield client

    async def test_confirmation_of_sole_sign_up_needs_no_reset(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await admin.post("/signup", json=LOGIN)
        assert (await admin.post(f"/admin/users/{OTHER_SUB}/confirm")).status_code == 204
        assert cognito.operations() == ["SignUp", "AdminGetUser", "AdminConfirmSignUp"]
        assert (await admin.post("/login", json=LOGIN)).status_code == 200

    async def test_confirmation_of_unproven_address_resets_password(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        assert (await admin.post(f"/admin/users/{OTHER_SUB}/confirm")).status_code == 204
        assert "AdminResetUserPassword" in cognito.operations()
        (verified,) = (body for operation, body in cognito.requests if operation == "AdminUpdateUserAttributes")
        assert verified["UserAttributes"] == [{"Name": "email_verified", "Value": "true"}]
        assert (await admin.post("/login", json=LOGIN)).status_code == 200

    async def test_confirmation_whose_reset_fails_quarantines(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.quarantine.quarantine._WAIT_SECONDS", 0.0)
        cognito.fails("AdminResetUserPassword", "TooManyRequestsException")
        assert (await admin.post(f"/admin/users/{OTHER_SUB}/confirm")).status_code == 429
        assert (await admin.post("/login", json=LOGIN)).status_code == 401

    async def test_refused_confirmation_leaves_no_mark(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("AdminConfirmSignUp", "NotAuthorizedException", "Current status is CONFIRMED")
        assert (await admin.post(f"/admin/users/{OTHER_SUB}/confirm")).status_code == 409
        assert (await admin.post("/login", json=LOGIN)).status_code == 200

    async def test_address_cannot_be_changed(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("AdminResetUserPassword", "TooManyRequestsException")
        await quarantine(admin, cognito)
        refused = await admin.patch(f"/admin/users/{OTHER_SUB}", json={"email": "new@example.com"})
        assert (refused.status_code, problem_slug(refused)) == (409, "conflict")

    async def test_deletion_ends_quarantine(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("AdminResetUserPassword", "TooManyRequestsException")
        await quarantine(admin, cognito)
        assert (await admin.delete(f"/admin/users/{OTHER_SUB}")).status_code == 204
        assert (await admin.post("/login", json=LOGIN)).status_code == 200


class TestStateStore:
    @pytest.fixture(params=["open", "closed"])
    async def away(self, request: pytest.FixtureRequest, cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
        nowhere = SecretStr(f"redis://127.0.0.1:{free_port()}")
        async with client_of(settings_for(cognito.url, state_store=nowhere, state_failure=request.param)) as api:
            api.headers["X-Failure"] = request.param
            yield api

    @pytest.mark.parametrize(("path", "body"), [("/signup", LOGIN), ("/verify", CODE), ("/password/reset", RESET)])
    async def test_routes_that_require_the_store_are_503_before_any_call(
        self, away: httpx.AsyncClient, cognito: FakeCognito, path: str, body: dict[str, str]
    ) -> None:
        response = await away.post(path, json=body)
        assert (response.status_code, problem_slug(response)) == (503, "upstream-unavailable")
        assert "state store" in response.json()["detail"]
        assert cognito.operations() == []

    async def test_sign_in_follows_setting(self, away: httpx.AsyncClient, cognito: FakeCognito) -> None:
        is_open = away.headers["X-Failure"] == "open"
        assert (await away.post("/login", json=LOGIN)).status_code == (200 if is_open else 503)
        assert cognito.operations() == ["InitiateAuth", *([] if is_open else ["RevokeToken"])]
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        assert (await away.post("/login", json=LOGIN)).status_code == (401 if is_open else 503)

    async def test_readiness_names_the_store(self, away: httpx.AsyncClient) -> None:
        ready = await away.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["detail"].startswith("The state store (redis) cannot be used")

    async def test_memory_is_named_at_start(self, cognito: FakeCognito, capsys: pytest.CaptureFixture[str]) -> None:
        async with client_of(settings_for(cognito.url)):
            pass
        assert capsys.readouterr().err.count("STATE_STORE is memory://: a restart forgets") == 1

    async def test_mark_that_is_not_acknowledged_is_taken_back(
        self, cognito: FakeCognito, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_mark = SqliteAddressStore.set_mark

        async def set_unheard(self: SqliteAddressStore, key: str, mark: str, until: int) -> None:
            await set_mark(self, key, mark, until)
            raise ConnectionError

        store = SecretStr(f"sqlite:///{tmp_path / 'state.db'}")
        async with client_of(settings_for(cognito.url, passwordless=False, state_store=store)) as api:
            monkeypatch.setattr(SqliteAddressStore, "set_mark", set_unheard)
            assert (await api.post("/verify", json=CODE)).status_code == 503
            assert (await api.post("/login", json=LOGIN)).status_code == 200

    async def test_unusable_file_stops_the_start(self, cognito: FakeCognito) -> None:
        store = SecretStr("sqlite:////proc/no/such/file")
        with pytest.raises(ConfigurationError, match=r"^STATE_STORE = sqlite:.* The API must be able to create"):
            async with client_of(settings_for(cognito.url, state_store=store)):
                pass


class TestReadiness:
    @pytest.mark.parametrize(
        ("path", "body", "operation", "code"),
        [
            ("/login", LOGIN, "InitiateAuth", "InvalidParameterException"),
            ("/login", LOGIN, "InitiateAuth", "InvalidSmsRoleAccessPolicyException"),
            ("/signup", LOGIN, "SignUp", "InvalidEmailRoleAccessPolicyException"),
            ("/password/forgot", {"email": EMAIL}, "ForgotPassword", "UnexpectedLambdaException"),
        ],
    )
    async def test_request_of_one_person_does_not_fail_readiness(
        self, api: httpx.AsyncClient, cognito: FakeCognito, path: str, body: dict[str, str], operation: str, code: str
    ) -> None:
        cognito.fails(operation, code)
        await api.post(path, json=body)
        assert (await api.get("/readyz")).status_code == 200

    async def test_unknown_client_fails_readiness(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("InitiateAuth", "ResourceNotFoundException")
        assert (await api.post("/login", json=LOGIN)).status_code == 500
        assert (await api.get("/readyz")).status_code == 503

    @pytest.mark.parametrize(
        ("code", "is_error"), [("InvalidEmailRoleAccessPolicyException", True), ("LimitExceededException", False)]
    )
    async def test_concealed_misconfiguration_is_logged(
        self,
        api: httpx.AsyncClient,
        cognito: FakeCognito,
        caplog: pytest.LogCaptureFixture,
        code: str,
        *,
        is_error: bool,
    ) -> None:
        cognito.fails("ForgotPassword", code)
        assert (await api.post("/password/forgot", json={"email": EMAIL})).status_code == 202
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        said = f"misconfigured: mails, text messages or a trigger: ForgotPassword: {code}"
        assert errors == ([said] if is_error else [])


async def test_quarantined_addresses_are_counted(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, passwordless=False, metrics=True)) as api:
        await api.post("/verify", json=CODE)
        metrics = (await api.get("/metrics")).text
    assert "quarantined_addresses_total 1.0" in metrics


def test_record_of_other_entry_is_not_sole() -> None:
    assert AddressRecord("one", 1, "one").is_sole
    assert not AddressRecord("one", 1, "two").is_sole
    assert not AddressRecord().is_sole
