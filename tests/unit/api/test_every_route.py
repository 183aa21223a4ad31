"""What holds for every route: limits, the deadline, revocation. The table behind it has them all (test_secrecy.py)."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from api.abuse_protection.rate_limits import RateLimits
from api.app import create_app
from api.errors import RateLimited
from api.web import json_route
from tests.conftest import client_of, settings_for
from tests.support.cognito import MODEL, SUCCESS, FakeCognito
from tests.support.routes import Route, routes
from tests.support.timing import timed
from tests.support.tokens import KEY
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

GROUPS = {"cognito:groups": ["admins"]}
ROUTES = routes("a.b.c")
# They ask nobody, so that there is nothing to limit.
UNLIMITED = {"GET /session", "GET /.well-known/change-password", "GET /oauth/login", "GET /oauth/logout"}
DOCUMENT = create_app().openapi()["paths"]
# POST /logout takes the token in the body as well, and ends what has ended already.
BEARER = [
    name
    for name, route in ROUTES.items()
    if "security" in DOCUMENT[route.path][route.method.lower()] and name != "POST /logout"
]
DEADLINE = 0.2


def settings(cognito: FakeCognito, **more: Any) -> Any:
    pages = {
        "oauth_domain": cognito.url,
        "oauth_callback_url": "https://api.example.com/oauth/callback",
        "oauth_logout_url": "https://app.example.com/",
    }
    return settings_for(cognito.url, **{"admin_group": "admins", "upstream_deadline": 5.0, **pages, **more})


@pytest.fixture
async def client(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
    async with client_of(settings(cognito, rate_limits="on")) as client:
        yield client


@pytest.fixture
async def hurried(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    """An API that waits for nobody."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
    async with client_of(settings(cognito, upstream_deadline=DEADLINE)) as client:
        yield client


async def ask(client: httpx.AsyncClient, name: str, token: str) -> httpx.Response:
    route: Route = routes(token)[name]
    headers = {"Authorization": f"Bearer {token}"}
    return await client.request(route.method, route.url, json=route.body, headers=headers)


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in UNLIMITED])
async def test_it_is_limited_before_anything_is_asked(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def refuse(*_: object) -> None:
        raise RateLimited(7)

    monkeypatch.setattr(RateLimits, "check", refuse)
    response = await ask(client, name, KEY.token(**GROUPS))
    assert (response.status_code, slug(response)) == (429, "rate-limited")
    assert response.headers["retry-after"] == "7"
    assert cognito.requests == []


@timed
@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
async def test_it_answers_in_time_when_nobody_answers_it(
    hurried: httpx.AsyncClient, cognito: FakeCognito, name: str
) -> None:
    async def hang(_: Any, __: Any) -> Any:
        await asyncio.sleep(5)

    for operation in ROUTES[name].operations:
        cognito.handles(operation, hang)
    start = time.monotonic()
    response = await ask(hurried, name, KEY.token(**GROUPS))
    # An answer that conceals is the same whatever happens.
    assert response.status_code in {504, 204} if name == "POST /password/change" else response.status_code == 504
    assert time.monotonic() - start < 4 * DEADLINE + 1.5


@timed
@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if len(route.operations) > 1])
async def test_several_calls_together_stay_within_the_limit(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    longest = json_route.REQUEST_SECONDS
    monkeypatch.setattr(json_route, "REQUEST_SECONDS", 0.3)

    async def late(_: Any, __: Any) -> Any:
        await asyncio.sleep(5)

    last = ROUTES[name].operations[-1]
    cognito.handles(last, late)
    start = time.monotonic()
    await ask(client, name, KEY.token(**GROUPS))
    # What is ended after the limit has its share of the ten seconds, too.
    assert time.monotonic() - start - 0.3 < 10 - longest


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
@pytest.mark.parametrize("body", [b"garbage", b"[]", b'{"AuthenticationResult": {"Acc'])
async def test_it_takes_no_unusable_answer_for_a_success(
    client: httpx.AsyncClient, cognito: FakeCognito, name: str, body: bytes
) -> None:
    for operation in ROUTES[name].operations:
        cognito.answers(operation, body)
    response = await ask(client, name, KEY.token(**GROUPS))
    assert (response.status_code, slug(response)) == (502, "upstream-invalid-response")


NAMED = {
    (operation, member)
    for operation, answer in SUCCESS.items()
    for member in answer
    if operation not in {"ResendConfirmationCode", "ForgotPassword"}
}
# Cognito's model lets these be absent, and nothing here leans on them.
OPTIONAL = {
    "AuthenticationResult",
    "ChallengeParameters",
    "CodeDeliveryDetails",
    "CodeDeliveryDetailsList",
    "Devices",
    "NextToken",
    "PaginationToken",
    "PreferredMfaSetting",
    "Session",
    "Sessions",
    "UserConfirmed",
    "UserCreateDate",
    "UserMFASettingList",
    "UserStatus",
    "UserSub",
    "Enabled",
}
NEEDED = {operation for operation, member in NAMED if member not in OPTIONAL} | {"InitiateAuth"}


# The password is set then; that its sessions could not be ended is logged.
DONE = {"POST /password/reset"}


@pytest.mark.parametrize(
    "name", [name for name, route in ROUTES.items() if {*route.operations} & NEEDED and name not in DONE]
)
async def test_it_takes_no_empty_answer_for_a_success(
    client: httpx.AsyncClient, cognito: FakeCognito, name: str
) -> None:
    for operation in {*ROUTES[name].operations} & NEEDED:
        cognito.answers(operation, b"{}")
    response = await ask(client, name, KEY.token(**GROUPS))
    assert (response.status_code, slug(response)) == (502, "upstream-invalid-response")


# Only a new address can be taken; it goes out in a call of its own, whose refusal is concealed.
ELSEWHERE = {("PATCH /me", "AliasExistsException")}


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
async def test_every_refusal_that_cognito_can_cause_is_documented(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def at_once(*_: object) -> None:
        return None

    monkeypatch.setattr(RateLimits, "check", at_once)
    monkeypatch.setattr("api.sessions.service._sleep_until", at_once)
    monkeypatch.setattr("api.cognito.transport._FIRST_BACKOFF", 0.0)
    route = ROUTES[name]
    described = DOCUMENT[route.path][route.method.lower()]["responses"]
    undocumented: set[str] = set()
    for operation in route.operations:
        for shape in MODEL.operation_model(operation).error_shapes:
            if (name, shape.name) in ELSEWHERE:
                continue
            cognito.fails(operation, shape.name)
            response = await ask(client, name, KEY.token(sub=fresh_sub(), **GROUPS))
            if response.status_code >= 400:
                content = described.get(str(response.status_code), {}).get("content", {})
                if slug(response) not in content.get("application/problem+json", {}).get("examples", {}):
                    undocumented.add(f"{operation} {shape.name}: {response.status_code} {slug(response)}")
        cognito.answers(operation, SUCCESS[operation])
    assert undocumented == set()


def fresh_sub() -> str:
    """Return somebody whose sessions have not ended yet."""
    return str(uuid.uuid4())


@pytest.mark.parametrize("name", BEARER)
async def test_it_refuses_a_token_of_a_session_that_has_ended(
    client: httpx.AsyncClient, cognito: FakeCognito, name: str
) -> None:
    token = KEY.token(**GROUPS)
    assert (await client.post("/logout", json={"access_token": token})).status_code == 204
    cognito.requests.clear()
    response = await ask(client, name, token)
    assert (response.status_code, slug(response)) == (401, "invalid-token")
    assert cognito.requests == []
