"""Time: responses that could reveal an account last until the next step, whatever Cognito was asked."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from aiohttp import web

from api.abuse_protection.uniform_timing import UniformTiming
from api.errors import UpstreamTimeout
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import CONTENT_TYPE, SUCCESS, FakeCognito
from tests.support.timing import timed

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
# A tenth of the real step, so that the tests are ten times as fast.
STEP = 0.1
BODIES: dict[str, dict[str, str]] = {
    "/signup": {"password": PASSWORD},
    "/verify": {"code": "123456"},
    "/verify/resend": {},
    "/password/forgot": {},
    "/password/reset": {"code": "123456", "new_password": PASSWORD},
}


async def took(api: httpx.AsyncClient, path: str, body: dict[str, str] | None = None) -> float:
    start = time.perf_counter()
    await api.post(path, json={"email": EMAIL, **(BODIES[path] if body is None else body)})
    return time.perf_counter() - start


def slow(cognito: FakeCognito, operation: str, seconds: float, code: str = "") -> None:
    """Let an operation succeed, or fail with ``code``, after ``seconds``."""

    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        body = {"__type": code} if code else SUCCESS[operation]
        return web.json_response(body, status=400 if code else 200, content_type=CONTENT_TYPE)

    cognito.handles(operation, answer)


@timed
@pytest.mark.parametrize(("work", "expected"), [(0.0, 1), (0.5, 1), (1.5, 2), (3, 4), (5, 8)])
async def test_padding_ends_at_next_step(work: float, expected: float) -> None:
    start = time.perf_counter()
    async with UniformTiming(STEP).padded():
        await asyncio.sleep(work * STEP)
    assert 0 <= time.perf_counter() - start - expected * STEP < 0.06


@timed
async def test_padding_of_refusals_spares_success() -> None:
    timing = UniformTiming(STEP)
    start = time.perf_counter()
    async with timing.padded(success=False):
        pass
    assert time.perf_counter() - start < STEP / 2
    with pytest.raises(LookupError):
        async with timing.padded(success=False):
            raise LookupError
    assert time.perf_counter() - start > STEP


async def test_padding_is_at_most_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.abuse_protection.uniform_timing.UNIFORM_SECONDS", 0.05)
    with pytest.raises(UpstreamTimeout):
        async with UniformTiming(STEP).padded():
            await asyncio.sleep(10)


@timed
@pytest.mark.parametrize("seconds", [0.3, 1.5, 4])
@pytest.mark.parametrize(
    ("path", "operation", "code"),
    [
        ("/signup", "SignUp", "UsernameExistsException"),
        ("/verify/resend", "ResendConfirmationCode", "UserNotFoundException"),
        ("/password/forgot", "ForgotPassword", "UserNotFoundException"),
    ],
)
async def test_slow_cognito_does_not_tell_new_from_taken(
    cognito: FakeCognito, path: str, operation: str, code: str, seconds: float
) -> None:
    async with client_of(settings_for(cognito.url, concealment_seconds=STEP)) as api:
        # The one that mails is a little slower.
        slow(cognito, operation, seconds * STEP + 0.01)
        first = await took(api, path)
        slow(cognito, operation, seconds * STEP, code)
        slow(cognito, "ResendConfirmationCode", seconds * STEP, "" if path == "/signup" else code)
        second = await took(api, path)
    assert abs(first - second) < 0.06


@timed
async def test_work_behind_response_does_not_show(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, concealment_seconds=STEP)) as api:
        cognito.fails("SignUp", "UsernameExistsException")
        slow(cognito, "ResendConfirmationCode", 0.5)
        assert 0 <= await took(api, "/signup") - STEP < 0.06


async def test_failed_background_work_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise LookupError(EMAIL)

    timing = UniformTiming(0.0)
    await timing.after_response(fail())
    await timing.aclose()
    assert [record.getMessage() for record in caplog.records] == ["background work failed: LookupError"]


async def test_hanging_background_work_is_cancelled_at_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.abuse_protection.uniform_timing.UNIFORM_SECONDS", 0.1)
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    timing = UniformTiming(0.01)
    await timing.after_response(hang())
    await asyncio.sleep(0)
    await timing.aclose()
    assert ended.is_set()


@timed
@pytest.mark.parametrize("path", BODIES)
async def test_overload_is_reported_at_once(cognito: FakeCognito, path: str) -> None:
    for operation in ("SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword"):
        slow(cognito, operation, 30)
    settings = settings_for(cognito.url, upstream_concurrency=1, upstream_deadline=2.0, concealment_seconds=1.0)
    async with client_of(settings) as api:
        body = {"email": EMAIL, **BODIES[path]}
        held = asyncio.create_task(api.post(path, json=body))
        await asyncio.sleep(0.1)
        start = time.perf_counter()
        refused = await api.post(path, json=body)
        assert (refused.status_code, problem_slug(refused)) == (503, "upstream-unavailable")
        assert time.perf_counter() - start < 0.3
        held.cancel()


@timed
@pytest.mark.parametrize(
    ("path", "operation", "code"),
    [
        ("/verify", "ConfirmSignUp", "CodeMismatchException"),
        ("/password/reset", "ConfirmForgotPassword", "ExpiredCodeException"),
    ],
)
async def test_refusal_of_code_is_padded(cognito: FakeCognito, path: str, operation: str, code: str) -> None:
    cognito.fails(operation, code)
    async with client_of(settings_for(cognito.url, concealment_seconds=STEP)) as api:
        assert 0 <= await took(api, path) - STEP < 0.06


@timed
async def test_simulated_challenge_takes_as_long_as_real_one(cognito: FakeCognito) -> None:
    challenge: dict[str, Any] = {"ChallengeName": "EMAIL_OTP", "Session": "s" * 20, "ChallengeParameters": {}}
    slow(cognito, "RespondToAuthChallenge", 1.5 * STEP, "CodeMismatchException")
    found: list[tuple[float, bytes]] = []
    async with client_of(settings_for(cognito.url, concealment_seconds=STEP)) as api:
        for is_real in (True, False):
            if is_real:
                cognito.answers("InitiateAuth", challenge)
            else:
                cognito.fails("InitiateAuth", "UserNotFoundException")
            asked = await api.post("/login", json={"email": EMAIL})
            body = {"challenge": "EMAIL_OTP", "session": asked.json()["session"], "code": "123456"}
            start = time.perf_counter()
            refused = await api.post("/login/challenge", json=body)
            seconds = time.perf_counter() - start
            found.append((seconds, refused.content.replace(refused.json()["instance"].encode(), b"")))
    assert cognito.operations().count("RespondToAuthChallenge") == 2
    assert found[0][1] == found[1][1]
    assert abs(found[0][0] - found[1][0]) < 0.06
