"""Checks for every route: rate limits, deadline, revocation. test_secrecy.py checks that the table is complete."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from api.abuse_protection.rate_limits import RateLimits
from api.errors import RateLimited
from api.web import json_route
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import MODEL, SUCCESS, FakeCognito
from tests.support.routes import Route, routes
from tests.support.timing import timed
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

GROUPS = {"cognito:groups": ["admins"]}
ROUTES = routes("a.b.c")
# These routes make no upstream call, so they have no rate limit.
UNLIMITED = {
    "GET /session",
    "GET /forward-auth",
    "GET /password/rules",
    "GET /.well-known/change-password",
    "GET /oauth/login",
    "GET /oauth/logout",
}
# POST /logout also takes the token in the body, and accepts one that is already revoked.
BEARER = [name for name, route in ROUTES.items() if "security" in route.operation and name != "POST /logout"]
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
async def short_deadline_client(
    cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[httpx.AsyncClient]:
    """An API client with a short upstream deadline."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
    async with client_of(settings(cognito, upstream_deadline=DEADLINE)) as client:
        yield client


async def send_request(client: httpx.AsyncClient, name: str, token: str) -> httpx.Response:
    route: Route = routes(token)[name]
    headers = {"Authorization": f"Bearer {token}"}
    return await client.request(route.method, route.url, json=route.body, headers=headers)


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in UNLIMITED])
async def test_rate_limited_route_makes_no_call(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise RateLimited(7)

    monkeypatch.setattr(RateLimits, "check", refuse)
    response = await send_request(client, name, KEY.token(**GROUPS))
    assert (response.status_code, problem_slug(response)) == (429, "rate-limited")
    assert response.headers["retry-after"] == "7"
    assert cognito.requests == []


@timed
@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
async def test_hanging_upstream_ends_within_deadline(
    short_deadline_client: httpx.AsyncClient, cognito: FakeCognito, name: str
) -> None:
    async def hang(_: Any, __: Any) -> Any:
        await asyncio.sleep(5)

    for operation in ROUTES[name].operations:
        cognito.handles(operation, hang)
    start = time.monotonic()
    response = await send_request(short_deadline_client, name, KEY.token(**GROUPS))
    # POST /password/change may succeed: errors after the password is set are only logged.
    assert response.status_code in {504, 204} if name == "POST /password/change" else response.status_code == 504
    assert time.monotonic() - start < 4 * DEADLINE + 1.5


@timed
@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if len(route.operations) > 1])
async def test_several_calls_stay_within_total_limit(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    longest = json_route.REQUEST_SECONDS
    monkeypatch.setattr(json_route, "REQUEST_SECONDS", 0.3)

    async def late(_: Any, __: Any) -> Any:
        await asyncio.sleep(5)

    last = ROUTES[name].operations[-1]
    cognito.handles(last, late)
    start = time.monotonic()
    await send_request(client, name, KEY.token(**GROUPS))
    # Revocation after the limit also counts towards the ten seconds.
    assert time.monotonic() - start - 0.3 < 10 - longest


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
@pytest.mark.parametrize("body", [b"garbage", b"[]", b'{"AuthenticationResult": {"Acc'])
async def test_malformed_upstream_response_is_502(
    client: httpx.AsyncClient, cognito: FakeCognito, name: str, body: bytes
) -> None:
    for operation in ROUTES[name].operations:
        cognito.answers(operation, body)
    response = await send_request(client, name, KEY.token(**GROUPS))
    assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")


NAMED = {
    (operation, member)
    for operation, answer in SUCCESS.items()
    for member in answer
    if operation not in {"ResendConfirmationCode", "ForgotPassword"}
}
# Cognito's model declares these members optional, and the API does not depend on them.
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


# The password is already set, or the address verified: only what comes after it fails.
DONE = {"POST /password/reset", "POST /verify"}


@pytest.mark.parametrize(
    "name", [name for name, route in ROUTES.items() if {*route.operations} & NEEDED and name not in DONE]
)
async def test_empty_upstream_response_is_502(client: httpx.AsyncClient, cognito: FakeCognito, name: str) -> None:
    for operation in {*ROUTES[name].operations} & NEEDED:
        cognito.answers(operation, b"{}")
    response = await send_request(client, name, KEY.token(**GROUPS))
    assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")


# AliasExistsException concerns a new address only; that is sent in a separate call, and the error is concealed.
ELSEWHERE = {("PATCH /me", "AliasExistsException")}


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.operations])
async def test_every_cognito_error_is_documented(
    client: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async def at_once(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(RateLimits, "check", at_once)
    monkeypatch.setattr(RateLimits, "settle", at_once)
    monkeypatch.setattr("api.sessions.service._sleep_until", at_once)
    monkeypatch.setattr("api.cognito.transport._FIRST_BACKOFF", 0.0)
    route = ROUTES[name]
    described = route.operation["responses"]
    undocumented: set[str] = set()
    for operation in route.operations:
        for shape in MODEL.operation_model(operation).error_shapes:
            if (name, shape.name) in ELSEWHERE:
                continue
            cognito.fails(operation, shape.name)
            response = await send_request(client, name, KEY.token(sub=new_sub(), **GROUPS))
            if response.status_code >= 400:
                content = described.get(str(response.status_code), {}).get("content", {})
                if problem_slug(response) not in content.get("application/problem+json", {}).get("examples", {}):
                    undocumented.add(f"{operation} {shape.name}: {response.status_code} {problem_slug(response)}")
        cognito.answers(operation, SUCCESS[operation])
    assert undocumented == set()


def new_sub() -> str:
    """Return the sub of a user without revoked sessions."""
    return str(uuid.uuid4())


@pytest.mark.parametrize("name", BEARER)
async def test_revoked_session_token_is_401(client: httpx.AsyncClient, cognito: FakeCognito, name: str) -> None:
    token = KEY.token(**GROUPS)
    assert (await client.post("/logout", json={"access_token": token})).status_code == 204
    cognito.requests.clear()
    response = await send_request(client, name, token)
    assert (response.status_code, problem_slug(response)) == (401, "invalid-token")
    assert cognito.requests == []
