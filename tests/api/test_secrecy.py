"""Canary values: no response and no log line contains a secret, on any route, even at log level DEBUG."""

import itertools
import json
import logging
from collections.abc import AsyncGenerator, Generator

import httpx
import pytest

from api.telemetry.json_logs import Formatter
from tests.conftest import client_of, settings_for
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.routes import CODE, EMAIL, PASSWORD, SECRET, routes
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

# A valid token, so that requests reach Cognito.
TOKEN = KEY.token(username="token-canary", **{"cognito:groups": ["admins"]})
UPSTREAM = "upstream-text-canary arn:aws:cognito-idp:us-east-1:123456789012:userpool/x"
CANARIES = [EMAIL, PASSWORD, CODE, TOKEN, TOKEN.partition(".")[2], SECRET, UPSTREAM, "arn:aws", "canary"]
ROUTES = routes(TOKEN)
WITH_BODY = {name: route for name, route in ROUTES.items() if route.body}
# Values that a successful response contains: attributes of the user, or values of the request.
SHOWN = {"PATCH /me": [EMAIL, "canary"]}
OPERATIONS = sorted({operation for route in ROUTES.values() for operation in route.operations})
OAUTH = {
    "oauth_domain": "https://auth.example.com",
    "oauth_callback_url": "https://api.example.com/oauth/callback",
    "oauth_logout_url": "https://app.example.com/",
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
UNAUDITED = {"GET /livez", "GET /readyz", "GET /password/rules"}
FAULTS: list[tuple[str, int]] = [
    ("NotAuthorizedException", 400),
    ("UsernameExistsException", 400),
    ("InvalidParameterException", 400),
    ("InternalErrorException", 500),
    ("TooManyRequestsException", 400),
    (UPSTREAM, 400),
    # This looks like an exception name.
    ("upstream_text_canary", 400),
]


@pytest.fixture
async def debug_api(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key-canary")
    async with client_of(settings_for(cognito.url, log_level="DEBUG", admin_group="admins", **OAUTH)) as client:
        yield client


class Log(logging.Handler):
    """Handler that collects log lines as the process prints them."""

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
def log(debug_api: httpx.AsyncClient) -> Generator[Log]:
    del debug_api  # requested first because it configures logging
    handler = Log()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


# Values that Cognito issues: the client receives them, a log never contains them.
ISSUED = [
    *(str(value) for value in TOKENS.values() if isinstance(value, str)),
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "s" * 24,
]


def assert_secret(text: str, where: str, shown: list[str] | None = None) -> None:
    found = [canary for canary in CANARIES if canary in text and canary not in (shown or [])]
    assert not found, f"{found} in {where}: {text}"


async def test_route_table_covers_every_documented_route(debug_api: httpx.AsyncClient) -> None:
    document = (await debug_api.get("/openapi.json")).json()
    documented = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert documented - UNAUDITED == ROUTES.keys()


@pytest.mark.parametrize(("name", "fault"), list(itertools.product(ROUTES, [None, *FAULTS])))
async def test_response_and_log_contain_no_secret(
    debug_api: httpx.AsyncClient,
    cognito: FakeCognito,
    log: Log,
    name: str,
    fault: tuple[str, int] | None,
) -> None:
    route = routes(TOKEN)[name]
    for operation in OPERATIONS if fault else []:
        cognito.fails(operation, fault[0] if fault else "", UPSTREAM, fault[1] if fault else 0)
    response = await debug_api.request(route.method, route.url, json=route.body, headers=BEARER)
    if fault is None:
        assert response.is_success or response.status_code == route.status, response.text
        assert set(cognito.operations()) == set(route.operations)
    shown = SHOWN.get(name) if response.is_success else None
    assert_secret(response.text.replace('"sub"', ""), "the response", shown if name != "GET /session" else ["canary"])
    assert_secret(str(response.headers), "the headers")
    assert_secret(log.text, "the log")
    assert [value for value in ISSUED if value in log.text] == []
    assert json.loads(log.lines[-1])["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("body", [b"upstream-text-canary", b'{"AuthenticationResult": "upstream-text-canary"}', b"[]"])
async def test_unusable_cognito_response_is_not_quoted(
    debug_api: httpx.AsyncClient, cognito: FakeCognito, log: Log, name: str, body: bytes
) -> None:
    route = routes(TOKEN)[name]
    for operation in OPERATIONS:
        cognito.answers(operation, body)
    response = await debug_api.request(route.method, route.url, json=route.body, headers=BEARER)
    assert_secret(response.text + log.text, "response or log", ["canary"] if name == "GET /session" else None)


@pytest.mark.parametrize("name", WITH_BODY)
async def test_invalid_body_is_not_quoted(debug_api: httpx.AsyncClient, log: Log, name: str) -> None:
    route = routes(TOKEN)[name]
    for field in route.body or {}:
        for value in (["password-canary"], {"a": "password-canary"}, 7, "canary\x00"):
            if field in {"credential", "attributes"} and isinstance(value, dict):
                continue
            body = {**(route.body or {}), field: value}
            response = await debug_api.request(route.method, route.url, json=body, headers=BEARER)
            assert response.status_code == 422
            assert_secret(response.text + log.text, "response or log")


@pytest.mark.parametrize("name", [name for name in ROUTES if "/me" in name or "/admin" in name])
@pytest.mark.parametrize("token", [None, "a.b.c", KEY.token(scope="openid"), KEY.token(exp=1767225600)])
async def test_account_route_without_valid_token_is_refused(
    debug_api: httpx.AsyncClient, cognito: FakeCognito, name: str, token: str | None
) -> None:
    route = routes(TOKEN)[name]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = await debug_api.request(route.method, route.url, json=route.body, headers=headers)
    assert response.status_code in {401, 403}, response.text
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert cognito.requests == []


async def test_invalid_request_calls_no_telemetry_provider(
    debug_api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI would pass paths, queries and invalid input to any OpenTelemetry provider of the process."""
    asked: list[str] = []
    for provider in ("trace.get_tracer_provider", "metrics.get_meter_provider", "_logs.get_logger_provider"):
        monkeypatch.setattr(f"opentelemetry.{provider}", lambda provider=provider: asked.append(provider))
    assert (await debug_api.post("/login", json={"email": EMAIL, "password": 1})).status_code == 422
    assert asked == []


async def test_crash_is_logged_without_exception_text(
    debug_api: httpx.AsyncClient, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = f"{PASSWORD} {SECRET}"
        raise RuntimeError(message) from ValueError(TOKEN)

    monkeypatch.setattr("api.sign_in.service.SignInService.log_in", crash)
    response = await debug_api.post("/login", json=ROUTES["POST /login"].body)
    assert response.status_code == 500
    assert response.json()["type"].endswith("internal-error")
    text = log.text
    assert_secret(response.text + text, "response or log")
    assert "builtins.RuntimeError" in text
    assert "builtins.ValueError" in text
    assert "in crash" in text


async def test_request_log_line_describes_upstream_call(
    debug_api: httpx.AsyncClient, cognito: FakeCognito, log: Log
) -> None:
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    await debug_api.post("/login", json=ROUTES["POST /login"].body)
    (line,) = [found for found in map(json.loads, log.lines) if found["message"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/login", 401)
    (call,) = line["upstream"]
    assert (call["operation"], call["outcome"], call["attempts"]) == ("InitiateAuth", "NotAuthorizedException", 1)
    assert 0 < call["ms"] <= line["ms"]
