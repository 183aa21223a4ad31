"""Account enumeration: no sequence of requests tells a stranger whether an address has an account."""

import html
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.account_states import STATES, PoolOfTest, new_address
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.page_routes import POSTED
from tests.support.pools import RELYING_PARTY, create_passwordless_pool
from tests.support.routes import routes
from tests.support.servers import running_api
from tests.support.timing import timed
from tests.support.visitor import Visitor

STRANGERS = "Mallorys-Horse-9"
# By name: the requests of a stranger without the mailbox; a body with a challenge answers that of the request before.
MOVES: dict[str, list[tuple[str, dict[str, str]]]] = {
    "sign up": [("/signup", {"password": STRANGERS})],
    "sign up without password": [("/signup", {})],
    "sign up with weak password": [("/signup", {"password": "weak"})],
    "verify": [("/verify", {"code": "000000"})],
    "verify with password": [("/verify", {"code": "000000", "password": STRANGERS})],
    "resend": [("/verify/resend", {})],
    "forgot": [("/password/forgot", {})],
    "reset": [("/password/reset", {"code": "000000", "new_password": STRANGERS})],
    "log in": [("/login", {"password": STRANGERS})],
    "log in by code": [("/login", {}), ("/login/challenge", {"challenge": "EMAIL_OTP", "code": "000000"})],
    "log in by passkey": [("/login", {"preferred_challenge": "WEB_AUTHN"})],
}
# The same at the pages: each row is a form that the page before it shows, or that of the first path.
FORMS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "sign up": [("/account/sign-up", {"way": "password", "password": STRANGERS})],
    "sign up without password": [("/account/sign-up", {"way": "without-password"})],
    "verify": [("/account/verify", {"code": "000000", "password": STRANGERS})],
    "resend": [("/account/verify", {"code": "1"}), ("/account/verify/resend", {})],
    "forgot": [("/account/password/forgot", {})],
    "reset": [("/account/password/reset", {"code": "000000", "new_password": STRANGERS})],
    "log in": [("/account/sign-in", {"way": "password", "password": STRANGERS})],
    "log in by code": [("/account/sign-in", {"way": "EMAIL_OTP"}), ("/account/sign-in/challenge", {"code": "000000"})],
    "log in by passkey": [("/account/sign-in", {"way": "WEB_AUTHN"})],
    "offer a passkey": [("/account/sign-in", {}), ("/account/sign-in/passkey", {})],
    "verify without password": [("/account/verify", {"code": "000000"})],
    "weak password": [("/account/sign-up", {"way": "password", "password": "short"})],
}
# The others of the pages need a session.
BEFORE_SIGN_IN = ("/account/password/", "/account/sign-in", "/account/sign-up", "/account/verify")
LENGTH = 4
ELSEWHERE = {
    "/me": "the caller is known, and the response reveals no other user",
    "/admin/users": "administrators may know",
    "/admin/users/{username}": "administrators may know",
}


def test_moves_cover_every_route_with_address() -> None:
    takes_one = {route.path for route in routes("a.b.c").values() if "email" in (route.body or {})}
    assert takes_one <= {path for move in MOVES.values() for path, _ in move} | ELSEWHERE.keys()


def test_forms_cover_every_page_before_a_sign_in() -> None:
    strangers = {path for path in POSTED if path.startswith(BEFORE_SIGN_IN)}
    assert strangers == {path for form in FORMS.values() for path, _ in form}


def sequences() -> list[tuple[str, ...]]:
    """Return random sequences of four moves in which every two moves follow each other."""
    choose = random.Random(7)  # noqa: S311 - no secret
    left, found = set(itertools.product(MOVES, MOVES)), list[tuple[str, ...]]()
    while left:
        sequence = [*choose.choice(sorted(left))]
        while len(sequence) < LENGTH:
            new = sorted(after for before, after in left if before == sequence[-1])
            sequence.append(choose.choice(new or list(MOVES)))
        left -= set(itertools.pairwise(sequence))
        found.append(tuple(sequence))
    return found


@pytest.fixture(scope="module")
def pool(emulator_url: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[PoolOfTest]:
    directory = tmp_path_factory.mktemp("enumeration")
    outputs = directory / "outputs.json"
    ids = create_passwordless_pool(emulator_url, outputs)
    secret = json.loads(outputs.read_text())["auth"]["cognito_user_pool_client_secret"]
    with running(outputs, emulator_url) as url, httpx.Client(base_url=url, timeout=15) as api:
        yield PoolOfTest(emulator_url, *ids, secret, api, mailbox)


def running(outputs: Path, emulator_url: str, **more: str) -> Any:
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs),
        "AWS_ENDPOINT_URL": emulator_url,
        "PASSKEY_RELYING_PARTY": RELYING_PARTY,
        "PASSWORDLESS": "on",
        "PAGES": "on",
        **more,
    }
    return running_api(outputs.parent / "log", settings)


def shown(response: httpx.Response) -> str:
    """Return what a client can compare: all but the request id, the date, and the secrets in a challenge."""
    identifier = response.headers["x-request-id"]
    headers = [(name, value) for name, value in response.headers.items() if name not in {"x-request-id", "date"}]
    body: dict[str, Any] = json.loads(response.text.replace(identifier, "id") or "{}")
    if "session" in body:
        body["session"] = len(body["session"])
        options: dict[str, Any] = body["parameters"].get("credential_request_options") or {}
        options.update({name: len(str(options[name])) for name in ("challenge", "allowCredentials") if name in options})
    return f"{response.status_code} {headers} {body}"


def make(api: httpx.Client, email: str, move: str) -> list[str]:
    """Make a move, and return what the stranger sees."""
    seen: list[str] = []
    session = ""
    for path, body in MOVES[move]:
        identity = {"session": session} if "challenge" in body else {"email": email}
        response = api.post(path, json={**identity, **body})
        seen.append(shown(response))
        session = response.json().get("session", "") if response.text else ""
    return seen


@pytest.mark.parametrize("sequence", sequences(), ids=" - ".join)
def test_sequence_tells_no_state_from_another(pool: PoolOfTest, sequence: tuple[str, ...]) -> None:
    seen: dict[str, list[list[str]]] = {}
    for state in STATES:
        email = new_address(pool, state)
        seen[state] = [make(pool.api, email, move) for move in sequence]
    for state, answers in seen.items():
        assert answers == seen["none"], (state, sequence)


def test_right_password_of_unverified_address_is_no_better(pool: PoolOfTest) -> None:
    """An attacker signs up, and logs in with the password of that sign-up: new addresses must not show."""
    seen = {
        state: make(pool.api, email, "log in")
        for state in STATES
        for email in [new_address(pool, state)]
        if make(pool.api, email, "sign up")
    }
    assert all(answers == seen["none"] for answers in seen.values())
    for state in ("unverified", "locked out", "disabled", "reset required"):
        email = new_address(pool, state)
        right = shown(pool.api.post("/login", json={"email": email, "password": PASSWORD}))
        assert [right] == seen["none"]


# Challenge and credential id of a passkey.
_RANDOM = re.compile(r"[\w-]{20,}")


def shown_page(response: httpx.Response, email: str) -> str:
    """Return what a person can compare: all but the address, and the length of what is sealed or random."""
    location = response.headers.get("location", "")
    text = response.text.replace(email, "address").replace(f"{email[0]}***@{email.partition('@')[2][0]}***", "masked")
    if response.headers.get("content-type") == "application/json":
        text = re.sub(_RANDOM, lambda found: str(len(found[0])), text)
    text = re.sub(r'(?<=value=")[\w.=-]{40,}', lambda found: str(len(found[0])), text)
    options = re.findall(r'data-options="([^"]*)"', text)
    text = re.sub(r'data-options="[^"]*"', "", text)
    names = [sorted(json.loads(html.unescape(found))) for found in options]
    text = re.sub(r'(?<=name="parameters" value=")[^"]*', lambda found: re.sub(_RANDOM, "", found[0]), text)
    changing = {"x-request-id", "date", "set-cookie", "location", "content-length"}
    headers = [(name, value) for name, value in response.headers.items() if name not in changing]
    cookies = [cookie.partition("=")[0] for cookie in response.headers.get_list("set-cookie")]
    return f"{response.status_code} {location.replace(quote(email), 'address')} {headers} {cookies} {names} {text}"


def fill_in(api: httpx.Client, email: str, move: str) -> list[str]:
    """Fill in the forms of a move, and return what the stranger sees."""
    visitor = Visitor(api)
    visitor.show(FORMS[move][0][0])
    pages = [shown_page(visitor.send(path, email=email, **fields), email) for path, fields in FORMS[move]]
    assert not any("This form is too old" in page for page in pages)
    return pages


@pytest.mark.parametrize("move", FORMS)
def test_page_tells_no_state_from_another(pool: PoolOfTest, move: str) -> None:
    seen = {state: fill_in(pool.api, new_address(pool, state), move) for state in STATES}
    for state, pages in seen.items():
        assert pages == seen["none"], state


@pytest.fixture(scope="module")
def padded(pool: PoolOfTest, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    """A second API of the pool, which pads its responses."""
    outputs = tmp_path_factory.mktemp("padded") / "outputs.json"
    auth = {
        "cognito_user_pool_id": pool.pool_id,
        "cognito_user_pool_client_id": pool.client_id,
        "cognito_user_pool_client_secret": pool.client_secret,
    }
    outputs.write_text(json.dumps({"auth": auth}))
    outputs.chmod(0o600)
    with running(outputs, pool.endpoint, CONCEALMENT_SECONDS="0.15") as url, httpx.Client(base_url=url) as api:
        yield api


def assert_equal_times(pool: PoolOfTest, act: Callable[[str], object]) -> None:
    times: dict[str, float] = {}
    for state in STATES:
        email = new_address(pool, state)
        start = time.perf_counter()
        act(email)
        times[state] = time.perf_counter() - start
    assert max(times.values()) - min(times.values()) < 0.1, times


@timed
@pytest.mark.parametrize("move", ["sign up", "verify with password", "forgot", "log in", "log in by code"])
def test_time_tells_no_state_from_another(pool: PoolOfTest, padded: httpx.Client, move: str) -> None:
    assert_equal_times(pool, lambda email: make(padded, email, move))


@timed
@pytest.mark.parametrize("move", ["sign up", "forgot", "log in"])
def test_time_of_page_tells_no_state_from_another(pool: PoolOfTest, padded: httpx.Client, move: str) -> None:
    assert_equal_times(pool, lambda email: fill_in(padded, email, move))
