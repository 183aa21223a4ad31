"""Passwords over HTTP: forgotten, reset, changed; and what that ends."""

from typing import Any

import httpx
import pytest

from tests.support.cognito import TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

EMAIL, NEW = "ada@example.com", "Another-Horse-9"
RESET = {"email": EMAIL, "code": "123456", "new_password": NEW}
CHANGE = {"old_password": "Correct-Horse-9", "new_password": NEW}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def session_of(api: httpx.AsyncClient, token: str) -> int:
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
async def test_forgot_answers_the_same_whoever_it_is(api: httpx.AsyncClient, cognito: FakeCognito, code: str) -> None:
    known = await api.post("/password/forgot", json={"email": EMAIL})
    cognito.fails("ForgotPassword", code)
    unknown = await api.post("/password/forgot", json={"email": EMAIL})
    assert (known.status_code, unknown.status_code) == (202, 202)
    assert known.content == unknown.content


async def test_a_reset_sets_the_password_and_ends_every_session(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    old = KEY.token()
    assert await session_of(api, old) == 200
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert cognito.operations() == ["ConfirmForgotPassword", "InitiateAuth", "GlobalSignOut"]
    assert cognito.requests[0][1]["Password"] == NEW
    assert cognito.requests[2][1] == {"AccessToken": TOKENS["AccessToken"]}
    assert await session_of(api, old) == 401
    assert await session_of(api, KEY.token()) == 200


async def test_a_reset_ends_sessions_here_where_a_second_factor_stands_before_cognitos(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    challenge = {
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": "x" * 30,
        "ChallengeParameters": {"USER_ID_FOR_SRP": SUB},
    }
    cognito.answers("InitiateAuth", challenge)
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_of(api, old) == 401


async def test_a_token_that_cannot_be_read_does_not_deny_the_reset(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "AccessToken": "opaque"}})
    assert (await api.post("/password/reset", json=RESET)).status_code == 204


@pytest.mark.parametrize("operation", ["InitiateAuth", "GlobalSignOut"])
async def test_a_fault_after_the_reset_does_not_deny_it(
    api: httpx.AsyncClient, cognito: FakeCognito, operation: str
) -> None:
    cognito.fails(operation, "InternalErrorException", status=500)
    assert (await api.post("/password/reset", json=RESET)).status_code == 204


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
async def test_a_reset_that_cognito_refuses_ends_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int, expected: str
) -> None:
    cognito.fails("ConfirmForgotPassword", code)
    response = await api.post("/password/reset", json=RESET)
    assert (response.status_code, slug(response)) == (status, expected)
    assert cognito.operations() == ["ConfirmForgotPassword"]


@pytest.mark.parametrize(("path", "body"), [("/password/reset", RESET), ("/password/change", CHANGE)])
async def test_a_weak_password_is_refused_before_any_call(
    api: httpx.AsyncClient, cognito: FakeCognito, path: str, body: dict[str, str]
) -> None:
    response = await api.post(path, json={**body, "new_password": "weak"}, headers=bearer(KEY.token()))
    assert (response.status_code, slug(response)) == (422, "invalid-password")
    assert [row["pointer"] for row in response.json()["errors"]] == ["/new_password"]
    assert cognito.requests == []


async def test_a_change_wants_a_token_and_ends_every_session(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
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
    assert [await session_of(api, each) for each in (token, other, KEY.token())] == [401, 401, 200]


CHANGE_REFUSALS: list[tuple[str, str, int, str]] = [
    ("NotAuthorizedException", "Incorrect username or password.", 401, "invalid-credentials"),
    ("NotAuthorizedException", "Access Token has been revoked", 401, "invalid-token"),
    ("LimitExceededException", "Attempt limit exceeded", 429, "too-many-attempts"),
    ("PasswordHistoryPolicyViolationException", "used", 422, "password-reused"),
]


@pytest.mark.parametrize(("code", "message", "status", "expected"), CHANGE_REFUSALS)
async def test_a_change_that_cognito_refuses_ends_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, message: str, status: int, expected: str
) -> None:
    cognito.fails("ChangePassword", code, message)
    token = KEY.token()
    response: Any = await api.post("/password/change", json=CHANGE, headers=bearer(token))
    assert (response.status_code, slug(response)) == (status, expected)
    assert await session_of(api, token) == 200


async def test_a_reset_whose_answer_was_lost_is_done_when_the_new_password_says_so(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.fails("ConfirmForgotPassword", "InternalErrorException", status=500)
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_of(api, old) == 401
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    assert (await api.post("/password/reset", json=RESET)).status_code == 503


async def test_a_fault_after_a_lost_reset_does_not_deny_it(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ConfirmForgotPassword", "InternalErrorException", status=500)
    cognito.fails("GlobalSignOut", "InternalErrorException", status=500)
    assert (await api.post("/password/reset", json=RESET)).status_code == 204


async def test_a_reset_that_a_trigger_refuses_afterwards_is_done(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """The trigger PostConfirmation runs when the password is set."""
    cognito.fails("ConfirmForgotPassword", "UserLambdaValidationException")
    old = KEY.token()
    assert (await api.post("/password/reset", json=RESET)).status_code == 204
    assert await session_of(api, old) == 401
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    refused = await api.post("/password/reset", json=RESET)
    assert (refused.status_code, slug(refused)) == (403, "action-rejected")


async def test_a_change_whose_answer_was_lost_ends_the_sessions(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ChangePassword", "InternalErrorException", status=500)
    token = KEY.token()
    assert (await api.post("/password/change", json=CHANGE, headers=bearer(token))).status_code == 503
    assert await session_of(api, token) == 401
