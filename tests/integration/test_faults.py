"""Faults between the API and the emulator: which response the client gets, when, and whether it is correct."""

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import pytest
from pydantic import HttpUrl

from api.config.settings import Settings
from tests.conftest import client_of
from tests.support import faults
from tests.support.api_client import PASSWORD, Mailbox, problem_slug
from tests.support.faults import Fault, FaultProxy
from tests.support.timing import timed

pytestmark = pytest.mark.anyio

DEADLINE = 2.0
TRANSIENT = {
    "throttle": faults.throttle,
    "throttle-429": faults.throttle_by_gateway,
    "5xx": faults.unavailable,
    "5xx-html": faults.answers(b"<html>", 502, "text/html"),
    "5xx-after-execution": faults.fails_after_execution,
    "reset-before": faults.resets_before,
    "reset-after": faults.resets_after,
    "close-after": faults.closes_after,
    "truncation": faults.truncates,
    "latency": faults.late(0.3),
}
UNUSABLE = {
    "garbage": faults.answers(b"\x00\xffgarbage"),
    "html": faults.answers(b"<html>", 200, "text/html"),
    "redirect": faults.answers(b"{}", 302),
    "empty": faults.answers(b""),
    "exception": faults.answers(b'{"__type": "InternalErrorException", "UserSub": "x", "UserConfirmed": false}'),
    "created": faults.answers(b"{}", 201),
    "list": faults.answers(b"[]"),
    "truncated-json": faults.answers(b'{"AuthenticationResult": {"Acc'),
    "huge": faults.answers(b'{"a": "' + b"x" * 2**20 + b'"}'),
}
SILENT = {
    "hang": faults.hangs,
    "drip-headers": faults.drips_headers,
    "drip-body": faults.drips_body,
}


def settings_of(outputs_file: Path, endpoint: str, **more: Any) -> Settings:
    return Settings(
        stack_outputs_file=outputs_file,
        aws_endpoint_url=HttpUrl(endpoint),
        upstream_deadline=DEADLINE,
        concealment_seconds=0.0,
        rate_limits=False,
        **more,
    )


@pytest.fixture
async def proxy(emulator_url: str) -> AsyncGenerator[FaultProxy]:
    async with FaultProxy.running(emulator_url) as proxy:
        yield proxy


@pytest.fixture
async def api(proxy: FaultProxy, outputs_file: Path) -> AsyncGenerator[httpx.AsyncClient]:
    settings = settings_of(outputs_file, proxy.url)
    async with client_of(settings) as client:
        yield client


class AsyncAccount:
    """API client for one new address."""

    def __init__(self, api: httpx.AsyncClient, mailbox: Mailbox) -> None:
        self.api, self.mailbox = api, mailbox
        self.email = f"{time.time_ns()}@example.com"

    async def post(self, path: str, **body: str) -> httpx.Response:
        return await self.api.post(path, json=body)

    async def sign_up(self) -> httpx.Response:
        return await self.post("/signup", email=self.email, password=PASSWORD)

    async def verify(self) -> httpx.Response:
        return await self.post("/verify", email=self.email, code=self.mailbox.code_for(self.email), password=PASSWORD)

    async def log_in(self) -> httpx.Response:
        return await self.post("/login", email=self.email, password=PASSWORD)

    async def access_token(self) -> str:
        """Sign up and sign in another user; return the access token."""
        other = AsyncAccount(self.api, self.mailbox)
        await other.sign_up()
        await other.verify()
        return str((await other.log_in()).json()["access_token"])

    async def log_out(self, token: str) -> httpx.Response:
        return await self.post("/logout", access_token=token)


@pytest.fixture
def person(api: httpx.AsyncClient, mailbox: Mailbox) -> AsyncAccount:
    return AsyncAccount(api, mailbox)


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
async def test_transient_fault_is_retried_at_every_step(fault: Fault, proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.script = {name: [fault] for name in ("SignUp", "ConfirmSignUp", "InitiateAuth", "GlobalSignOut")}
    assert (await person.sign_up()).status_code == 202
    assert (await person.verify()).status_code == 204
    tokens = await person.log_in()
    assert tokens.status_code == 200, tokens.text
    assert (await person.log_out(tokens.json()["access_token"])).status_code == 204
    assert (await person.log_out(tokens.json()["access_token"])).status_code == 401


async def test_wrong_input_after_lost_response_is_refused(proxy: FaultProxy, person: AsyncAccount) -> None:
    await person.sign_up()
    proxy.script = {"ConfirmSignUp": [faults.resets_after], "GlobalSignOut": [faults.resets_after]}
    wrong = await person.post("/verify", email=person.email, code="000000")
    assert (wrong.status_code, problem_slug(wrong)) == (400, "invalid-code")
    forged = await person.log_out("a.b.c")
    assert (forged.status_code, problem_slug(forged)) == (401, "invalid-token")


@pytest.mark.parametrize("fault", [faults.throttle, faults.unavailable, faults.resets_before])
async def test_retries_stop_after_four_attempts(fault: Fault, proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.always["InitiateAuth"] = fault
    response = await person.log_in()
    assert response.status_code in {429, 503}
    assert "retry-after" in response.headers
    assert proxy.attempts["InitiateAuth"] == 4


@pytest.mark.parametrize("code", ["NotAuthorizedException", "LimitExceededException", "ResourceNotFoundException"])
async def test_modelled_exception_is_not_retried(code: str, proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.always["InitiateAuth"] = faults.error(400, code)
    await person.log_in()
    assert proxy.attempts["InitiateAuth"] == 1


TURNED_AWAY = [faults.throttle, faults.throttle_by_gateway, faults.answers(b"<html>", 429, "text/html")]


@pytest.mark.parametrize("fault", TURNED_AWAY)
async def test_throttled_retry_after_lost_response_returns_503(
    fault: Fault, proxy: FaultProxy, person: AsyncAccount
) -> None:
    proxy.script = {"SignUp": [faults.resets_after]}
    proxy.always = {"SignUp": fault}
    response = await person.sign_up()
    assert (response.status_code, problem_slug(response)) == (503, "upstream-unavailable")
    assert proxy.executed["SignUp"] == 1


@pytest.mark.parametrize("fault", UNUSABLE.values(), ids=UNUSABLE)
async def test_unusable_response_returns_502_without_retry(
    fault: Fault, proxy: FaultProxy, person: AsyncAccount
) -> None:
    token = await person.access_token()
    proxy.attempts.clear()
    proxy.always = dict.fromkeys(("SignUp", "ConfirmSignUp", "InitiateAuth", "GlobalSignOut"), fault)
    for response in (
        await person.sign_up(),
        await person.post("/verify", email=person.email, code="123456"),
        await person.log_in(),
        await person.log_out(token),
    ):
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")
    assert {proxy.attempts[operation] for operation in proxy.always} == {1}


async def test_always_truncated_response_returns_502(proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.always["InitiateAuth"] = faults.truncates
    response = await person.log_in()
    assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")


@timed
@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
async def test_silent_upstream_returns_504_at_deadline(fault: Fault, proxy: FaultProxy, person: AsyncAccount) -> None:
    token = await person.access_token()
    proxy.always = dict.fromkeys(("SignUp", "ConfirmSignUp", "InitiateAuth", "GlobalSignOut"), fault)
    start = time.monotonic()
    responses = await asyncio.gather(
        person.sign_up(),
        person.post("/verify", email=person.email, code="123456"),
        person.log_in(),
        person.log_out(token),
    )
    assert {(response.status_code, problem_slug(response)) for response in responses} == {(504, "upstream-timeout")}
    assert time.monotonic() - start < DEADLINE + 1


@timed
async def test_half_closed_connection_returns_502_after_retry(proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.always["InitiateAuth"] = faults.half_closes
    start = time.monotonic()
    response = await person.log_in()
    assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")
    assert proxy.attempts["InitiateAuth"] == 4
    assert time.monotonic() - start < DEADLINE + 1


@timed
@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://127.0.0.1:9", {"upstream-unavailable"}),
        # A resolver may fail at once or not respond.
        ("http://no-such-host.invalid", {"upstream-unavailable", "upstream-timeout"}),
    ],
)
async def test_unreachable_upstream_is_reported_in_time(outputs_file: Path, endpoint: str, expected: set[str]) -> None:
    settings = settings_of(outputs_file, endpoint)
    async with client_of(settings) as api:
        start = time.monotonic()
        response = await api.post("/login", json={"email": "a@example.com", "password": PASSWORD})
        assert problem_slug(response) in expected
        assert response.headers["retry-after"]
        assert time.monotonic() - start < DEADLINE + 1


@timed
async def test_hanging_logins_do_not_block_other_routes(proxy: FaultProxy, person: AsyncAccount) -> None:
    proxy.always["InitiateAuth"] = faults.hangs
    logins = [asyncio.create_task(person.log_in()) for _ in range(80)]
    await asyncio.sleep(0.2)
    times: list[float] = []
    for _ in range(40):
        start = time.monotonic()
        assert (await person.api.get("/livez")).status_code == 200
        times.append(time.monotonic() - start)
    assert quantiles(times, n=20)[-1] < 0.25
    assert (await person.sign_up()).status_code == 202
    del proxy.always["InitiateAuth"]
    assert {response.status_code for response in await asyncio.gather(*logins)} == {504}
    assert (await person.verify()).status_code == 204
    assert (await person.log_in()).status_code == 200


@timed
async def test_concurrency_limit_returns_503_at_once(proxy: FaultProxy, outputs_file: Path) -> None:
    proxy.always["InitiateAuth"] = faults.hangs
    settings = settings_of(outputs_file, proxy.url, upstream_concurrency=3)
    login = {"email": "a@example.com", "password": PASSWORD}
    async with client_of(settings) as api:
        held = [asyncio.create_task(api.post("/login", json=login)) for _ in range(3)]
        await asyncio.sleep(0.2)
        start = time.monotonic()
        refused = await api.post("/login", json=login)
        assert (refused.status_code, problem_slug(refused)) == (503, "upstream-unavailable")
        assert refused.headers["retry-after"]
        assert time.monotonic() - start < 0.25
        signed_up = await api.post("/signup", json={**login, "email": f"{time.time_ns()}@example.com"})
        assert signed_up.status_code == 202
        await asyncio.gather(*held)
        del proxy.always["InitiateAuth"]
        assert (await api.post("/login", json=login)).status_code == 401
