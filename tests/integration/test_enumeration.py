"""User enumeration: status, headers and body are the same for every state of an address."""

import json
import uuid
from pathlib import Path

import httpx
import pytest

from local.provision import cognito_client
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.routes import routes

WRONG = "Wrong-Horse-9"
STATES = ["unknown", "unconfirmed", "confirmed", "disabled", "locked-out"]


@pytest.fixture(scope="module")
def addresses(api_url: str, emulator_url: str, outputs_file: Path, mailbox: Mailbox) -> dict[str, str]:
    """An address in each state that Cognito distinguishes."""
    pool_id = json.loads(outputs_file.read_text())["auth"]["cognito_user_pool_id"]
    found = {state: f"{state}-{uuid.uuid4().hex[:8]}@example.com" for state in STATES}
    with httpx.Client(base_url=api_url) as api:
        for state in STATES[1:]:
            api.post("/signup", json={"email": found[state], "password": PASSWORD})
        for state in STATES[2:]:
            code = mailbox.code_for(found[state])
            api.post("/verify", json={"email": found[state], "code": code})
    cognito_client(emulator_url).admin_disable_user(UserPoolId=pool_id, Username=found["disabled"])
    return found


def shown(response: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the parts that a client can compare, without the request id and the date."""
    identifier = response.headers["x-request-id"]
    headers = [(name, value) for name, value in response.headers.items() if name not in {"x-request-id", "date"}]
    return response.status_code, headers, response.content.replace(identifier.encode(), b"id")


CASES: list[tuple[str, dict[str, str], list[str]]] = [
    ("/signup", {"password": PASSWORD}, STATES),
    ("/signup", {"password": "weak"}, STATES),
    ("/verify", {"code": "000000"}, STATES),
    ("/verify", {"code": "000000", "password": WRONG}, STATES),
    ("/verify/resend", {}, STATES),
    ("/password/forgot", {}, STATES),
    ("/password/reset", {"code": "000000", "new_password": "Another-Horse-9"}, STATES),
    ("/password/reset", {"code": "000000", "new_password": "weak"}, STATES),
    ("/login", {"password": WRONG}, STATES),
    ("/login", {"password": PASSWORD}, ["unknown", "disabled", "locked-out"]),
    ("/login", {}, STATES),
    ("/login", {"preferred_challenge": "WEB_AUTHN"}, STATES),
    ("/signup", {}, STATES),
]
ELSEWHERE = {
    "/login/challenge": "tests/integration/test_account_flows.py",
    "/me": "the same file: the caller is known, and the response reveals no other user",
    "/admin/users": "administrators may know",
    "/admin/users/{username}": "administrators may know",
}


def test_cases_cover_every_route_with_address() -> None:
    takes_one = {route.path for route in routes("a.b.c").values() if "email" in (route.body or {})}
    assert takes_one <= {path for path, _, _ in CASES} | ELSEWHERE.keys()


@pytest.mark.parametrize(("path", "body", "states"), CASES)
def test_response_is_same_in_every_user_state(
    api_url: str, addresses: dict[str, str], path: str, body: dict[str, str], states: list[str]
) -> None:
    # The sign-up case registers the unknown address, so each case uses a new one.
    fresh = {**addresses, "unknown": f"unknown-{uuid.uuid4().hex[:8]}@example.com"}
    with httpx.Client(base_url=api_url) as api:
        if path == "/login":
            # A sixth attempt, within a second after the fifth, is refused whatever the password.
            for _ in range(5):
                api.post(path, json={"email": fresh["locked-out"], "password": WRONG})
        answers = {state: shown(api.post(path, json={"email": fresh[state], **body})) for state in states}
    assert len(set(map(str, answers.values()))) == 1, answers
