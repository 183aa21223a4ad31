"""Passwords over HTTP: forgot, reset and change, and the sessions they revoke."""

from typing import Any

import httpx
import pytest

from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

EMAIL, NEW = "ada@example.com", "Another-Horse-9"
RESET = {"email": EMAIL, "code": "123456", "new_password": NEW}
CHANGE = {"old_password": "Correct-Horse-9", "new_password": NEW}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def session_status(api: httpx.AsyncClient, token: str) -> int:
    return (await api.get("/session", headers=bearer(token))).status_code


CONCEALED = [
    "UserNotFoundException",
    "NotAuthorizedException",
    "InvalidParameterException",
    "LimitExceededException",
    "CodeDeliveryFailureException",
    "UserLambdaValidationException",
]


@pytest.mark.parametrize("code", CONCEALED)
async def test_forgot_response_hides_whether_account_exists(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str
) -> None:
    known = await api.post("/password/forgot", json={"email": EMAIL})
    cognito.fails("ForgotPassword", code)
    unknown = await api.post("/password/forgot", json={"email": EMAIL})
    assert (known.status_code, unknown.status_code) == (202, 202)
    assert known.content == unknown.content


@pytest.mark.waits
async def test_reset_sets_password_and_revokes_sessions(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    old = KEY.token()
    assert await session_status(api, old) == 200
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert cognito.operations() == ["ConfirmForgotPassword", "InitiateAuth", "GlobalSignOut"]
    assert cognito.requests[0][1]["Password"] == NEW
    assert cognito.requests[2][1] == {"AccessToken": TOKENS["AccessToken"]}
    assert await session_status(api, old) == 401
    assert await session_status(api, KEY.token()) == 200


async def test_reset_with_mfa_revokes_sessions_locally(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    challenge = {
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": "x" * 30,
        "ChallengeParameters": {"USER_ID_FOR_SRP": SUB},
    }
    cognito.answers("InitiateAuth", challenge)
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_status(api, old) == 401


async def test_reset_with_unreadable_token_ends_no_session(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "AccessToken": "opaque"}})
    response = await api.post("/password/reset", json=RESET)
    assert (response.status_code, response.json()) == (200, {"sessions_ended": False})


async def test_reset_with_failed_sign_out_ends_sessions_here(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("GlobalSignOut", "InternalErrorException", status=500)
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_status(api, old) == 401


async def test_reset_with_failed_sign_in_ends_known_sessions(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """A locked-out user cannot sign in, but is known after a sign-in here."""
    old = KEY.token()
    cognito.fails("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded")
    response = await api.post("/password/reset", json=RESET)
    assert (response.status_code, response.json()) == (200, {"sessions_ended": False})
    assert await session_status(api, old) == 200
    cognito.answers("InitiateAuth", SUCCESS["InitiateAuth"])
    assert (await api.post("/login", json={"email": EMAIL, "password": NEW})).status_code == 200
    cognito.fails("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded")
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_status(api, old) == 401


REFUSALS: list[tuple[str, int, str]] = [
    ("CodeMismatchException", 400, "invalid-code"),
    ("ExpiredCodeException", 400, "invalid-code"),
    ("UserNotFoundException", 400, "invalid-code"),
    ("NotAuthorizedException", 400, "invalid-code"),
    ("InvalidPasswordException", 422, "invalid-password"),
    ("PasswordHistoryPolicyViolationException", 422, "password-reused"),
    ("LimitExceededException", 400, "invalid-code"),
]


@pytest.mark.parametrize(("code", "status", "expected"), REFUSALS)
async def test_refused_reset_makes_no_further_call(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int, expected: str
) -> None:
    cognito.fails("ConfirmForgotPassword", code)
    response = await api.post("/password/reset", json=RESET)
    assert (response.status_code, problem_slug(response)) == (status, expected)
    assert cognito.operations() == ["ConfirmForgotPassword"]


@pytest.mark.parametrize(("path", "body"), [("/password/reset", RESET), ("/password/change", CHANGE)])
async def test_weak_password_makes_no_call(
    api: httpx.AsyncClient, cognito: FakeCognito, path: str, body: dict[str, str]
) -> None:
    response = await api.post(path, json={**body, "new_password": "weak"}, headers=bearer(KEY.token()))
    assert (response.status_code, problem_slug(response)) == (422, "invalid-password")
    assert [row["pointer"] for row in response.json()["errors"]] == ["/new_password"]
    assert cognito.requests == []


@pytest.mark.waits
async def test_change_needs_token_and_revokes_sessions(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    assert (await api.post("/password/change", json=CHANGE)).status_code == 401
    assert cognito.requests == []
    token, other = KEY.token(), KEY.token()
    assert (await api.post("/password/change", json=CHANGE, headers=bearer(token))).status_code == 204
    assert cognito.operations() == ["ChangePassword", "GlobalSignOut"]
    assert cognito.requests[0][1] == {
        "AccessToken": token,
        "PreviousPassword": "Correct-Horse-9",
        "ProposedPassword": NEW,
    }
    assert [await session_status(api, each) for each in (token, other, KEY.token())] == [401, 401, 200]


CHANGE_REFUSALS: list[tuple[str, str, int, str]] = [
    ("NotAuthorizedException", "Incorrect username or password.", 422, "validation-failed"),
    ("NotAuthorizedException", "Access Token has been revoked", 401, "invalid-token"),
    ("LimitExceededException", "Attempt limit exceeded", 429, "too-many-attempts"),
    ("PasswordHistoryPolicyViolationException", "used", 422, "password-reused"),
]


@pytest.mark.parametrize(("code", "message", "status", "expected"), CHANGE_REFUSALS)
async def test_refused_change_revokes_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str, status: int, expected: str
) -> None:
    cognito.fails("ChangePassword", code, message)
    token = KEY.token()
    response: Any = await api.post("/password/change", json=CHANGE, headers=bearer(token))
    assert (response.status_code, problem_slug(response)) == (status, expected)
    assert await session_status(api, token) == 200


async def test_lost_reset_is_204_if_new_password_works(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ConfirmForgotPassword", "InternalErrorException", status=500)
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_status(api, old) == 401
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    assert (await api.post("/password/reset", json=RESET)).status_code == 503


async def test_lost_reset_with_failed_sign_out_is_204(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ConfirmForgotPassword", "InternalErrorException", status=500)
    cognito.fails("GlobalSignOut", "InternalErrorException", status=500)
    assert (await api.post("/password/reset", json=RESET)).status_code == 204


async def test_reset_refused_by_late_trigger_is_204(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """The PostConfirmation trigger runs after the password is set."""
    cognito.fails("ConfirmForgotPassword", "UserLambdaValidationException")
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_status(api, old) == 401
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    assert (await api.post("/password/reset", json=RESET)).status_code == 200


async def test_lost_change_revokes_sessions(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ChangePassword", "InternalErrorException", status=500)
    token = KEY.token()
    assert (await api.post("/password/change", json=CHANGE, headers=bearer(token))).status_code == 503
    assert await session_status(api, token) == 401
