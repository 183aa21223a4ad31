"""Canaries: nothing that a log or a response must not hold is in one, on any path, at any log level."""

import itertools
import json
import logging
from collections.abc import AsyncGenerator, Generator

import httpx
import pytest

from api.logging import Formatter
from tests.conftest import client_of, settings_for
from tests.support.cognito import FakeCognito
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

EMAIL = "email-canary@example.com"
PASSWORD = "Password-Canary-9"
CODE = "918273"
# A token that counts, so that it goes all the way.
TOKEN = KEY.token(username="token-canary")
SECRET = "client-secret-canary"
UPSTREAM = "upstream-text-canary arn:aws:cognito-idp:us-east-1:123456789012:userpool/x"
CANARIES = [EMAIL, PASSWORD, CODE, TOKEN, TOKEN.partition(".")[2], SECRET, UPSTREAM, "arn:aws", "canary"]
ROUTES: dict[str, dict[str, str]] = {
    "/signup": {"email": EMAIL, "password": PASSWORD},
    "/verify": {"email": EMAIL, "code": CODE, "password": PASSWORD},
    "/verify/resend": {"email": EMAIL},
    "/login": {"email": EMAIL, "password": PASSWORD},
    "/logout": {"access_token": TOKEN},
    "/refresh": {"refresh_token": TOKEN},
    "/password/forgot": {"email": EMAIL},
    "/password/reset": {"email": EMAIL, "code": CODE, "new_password": PASSWORD},
    "/password/change": {"old_password": PASSWORD, "new_password": PASSWORD},
    "/revoke": {"refresh_token": TOKEN},
}
OPERATIONS = [
    "SignUp",
    "ConfirmSignUp",
    "ResendConfirmationCode",
    "InitiateAuth",
    "GlobalSignOut",
    "GetTokensFromRefreshToken",
    "RevokeToken",
    "ForgotPassword",
    "ConfirmForgotPassword",
    "ChangePassword",
]
FAULTS: list[tuple[str, int]] = [
    ("NotAuthorizedException", 400),
    ("UsernameExistsException", 400),
    ("InvalidParameterException", 400),
    ("InternalErrorException", 500),
    ("TooManyRequestsException", 400),
    (UPSTREAM, 400),
    # It looks like the name of an exception.
    ("upstream_text_canary", 400),
]


@pytest.fixture
async def talkative(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url, log_level="DEBUG")) as client:
        yield client


class Log(logging.Handler):
    """All that was logged, as the process prints it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(Formatter(["levelname", "name", "message"]))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def log(talkative: httpx.AsyncClient) -> Generator[Log]:
    del talkative  # it configures the logging first
    handler = Log()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def assert_secret(text: str, where: str) -> None:
    found = [canary for canary in CANARIES if canary in text]
    assert not found, f"{found} in {where}: {text}"


async def test_every_route_of_the_api_is_under_watch(talkative: httpx.AsyncClient) -> None:
    document = (await talkative.get("/openapi.json")).json()
    methods = [(path, method) for path, item in document["paths"].items() for method in item.values()]
    with_body = {path for path, method in methods if "requestBody" in method}
    assert with_body == ROUTES.keys()


@pytest.mark.parametrize(("path", "fault"), list(itertools.product(ROUTES, [None, *FAULTS])))
async def test_no_answer_and_no_log_holds_a_secret(
    talkative: httpx.AsyncClient,
    cognito: FakeCognito,
    log: Log,
    path: str,
    fault: tuple[str, int] | None,
) -> None:
    for operation in OPERATIONS if fault else []:
        cognito.fails(operation, fault[0] if fault else "", UPSTREAM, fault[1] if fault else 0)
    response = await talkative.post(path, json=ROUTES[path], headers={"Authorization": f"Bearer {TOKEN}"})
    assert_secret(response.text + str(response.headers), "the response")
    assert_secret(log.text, "the log")
    assert json.loads(log.lines[-1])["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("body", [b"upstream-text-canary", b'{"AuthenticationResult": "upstream-text-canary"}', b"[]"])
async def test_an_unusable_answer_is_not_quoted(
    talkative: httpx.AsyncClient, cognito: FakeCognito, log: Log, path: str, body: bytes
) -> None:
    for operation in OPERATIONS:
        cognito.answers(operation, body)
    response = await talkative.post(path, json=ROUTES[path])
    assert_secret(response.text + log.text, "response or log")


@pytest.mark.parametrize("path", ROUTES)
async def test_a_refused_body_is_not_quoted(talkative: httpx.AsyncClient, log: Log, path: str) -> None:
    for name in ROUTES[path]:
        for value in (["password-canary"], {"a": "password-canary"}, 7, "canary\x00"):
            body = {**ROUTES[path], name: value}
            response = await talkative.post(path, json=body, headers={"Authorization": f"Bearer {TOKEN}"})
            assert response.status_code == 422
            assert_secret(response.text + log.text, "response or log")


async def test_a_crash_is_logged_without_its_text_and_answered_as_a_problem(
    talkative: httpx.AsyncClient, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = f"{PASSWORD} {SECRET}"
        raise RuntimeError(message) from ValueError(TOKEN)

    monkeypatch.setattr("api.auth.service.log_in", crash)
    response = await talkative.post("/login", json=ROUTES["/login"])
    assert response.status_code == 500
    assert response.json()["type"].endswith("internal-error")
    text = log.text
    assert_secret(response.text + text, "response or log")
    assert "builtins.RuntimeError" in text
    assert "builtins.ValueError" in text
    assert "in crash" in text


async def test_the_log_line_of_a_request_tells_operation_outcome_attempts_and_time(
    talkative: httpx.AsyncClient, cognito: FakeCognito, log: Log
) -> None:
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    await talkative.post("/login", json=ROUTES["/login"])
    line = json.loads(log.lines[-1])
    assert (line["method"], line["route"], line["status"]) == ("POST", "/login", 401)
    (call,) = line["upstream"]
    assert (call["operation"], call["outcome"], call["attempts"]) == ("InitiateAuth", "NotAuthorizedException", 1)
    assert 0 < call["ms"] <= line["ms"]
