"""A reset evicts everybody, or says that it did not: the attacker locks the owner out first."""

import time
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.support.api_client import Account, Mailbox, problem_slug
from tests.support.servers import running_api

NEW = "Another-Horse-9"


@pytest.fixture
def settings(outputs_file: Path, emulator_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "STATE_STORE": f"sqlite:///{tmp_path / 'state.db'}",
    }


@pytest.fixture
def api(settings: dict[str, str], tmp_path: Path) -> Generator[httpx.Client]:
    with running_api(tmp_path / "log", settings) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


def lock_out(account: Account) -> None:
    # The fifth failure locks for a second, the sixth for two, the seventh for four: longer than the reset takes.
    for _ in range(5):
        account.log_in("Wrong-Horse-9")
    for seconds in (1.1, 2.1):
        time.sleep(seconds)
        account.log_in("Wrong-Horse-9")


def reset(api: httpx.Client, account: Account, mailbox: Mailbox) -> httpx.Response:
    api.post("/password/forgot", json={"email": account.email})
    body = {"email": account.email, "code": mailbox.code_for(account.email), "new_password": NEW}
    return api.post("/password/reset", json=body)


def test_reset_evicts_the_thief_although_the_owner_is_locked_out(api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.verified(api, mailbox)
    stolen = account.log_in().json()
    lock_out(account)
    assert reset(api, account, mailbox).status_code == 204
    assert account.log_in(NEW).status_code == 401
    assert account.session(stolen["access_token"]).status_code == 401
    refreshed = api.post("/refresh", json={"refresh_token": stolen["refresh_token"]})
    assert (refreshed.status_code, problem_slug(refreshed)) == (401, "session-ended")


def test_reset_says_that_sessions_have_not_ended(
    api: httpx.Client, settings: dict[str, str], mailbox: Mailbox, tmp_path: Path
) -> None:
    """Another process without the shared store does not know the user, and Cognito refuses the sign-in."""
    account = Account.verified(api, mailbox)
    account.log_in()
    other = settings | {"STATE_STORE": f"sqlite:///{tmp_path / 'other.db'}"}
    log = tmp_path / "other"
    with running_api(log, other) as url, httpx.Client(base_url=url, timeout=15) as elsewhere:
        lock_out(account)
        response = reset(elsewhere, account, mailbox)
        assert (response.status_code, response.json()) == (200, {"sessions_ended": False})
    assert '"result": "sessions_not_ended"' in log.read_text()
