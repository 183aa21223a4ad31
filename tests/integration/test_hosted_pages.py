"""The hosted pages of ministack (the desk has none of its own): there, through the sign-in, and back with cookies."""

import re
from collections.abc import Generator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.servers import running_api
from tests.support.walk import PASSWORD, Account, Mailbox

CALLBACK = "http://localhost:8000/oauth/callback"


@pytest.fixture(scope="module")
def api(outputs_file: Path, emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "OAUTH_DOMAIN": emulator_url,
        "OAUTH_CALLBACK_URL": CALLBACK,
        "OAUTH_LOGOUT_URL": "http://localhost:8000/",
    }
    log = tmp_path_factory.mktemp("hosted-api") / "log"
    with running_api(log, settings) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


def sign_in_at_the_pages(address: str, account: Account) -> dict[str, str]:
    """Fill in the form as a person would, and return what the browser brings back."""
    page = httpx.get(address)
    assert page.status_code == 200, page.text
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    form = {name: unescape(value) for name, value in hidden}
    form |= {"username": account.email, "password": PASSWORD}
    (action,) = re.findall(r'<form method="POST" action="([^"]*)"', page.text)
    answered = httpx.post(httpx.URL(address).join(action), data=form)
    assert answered.status_code == 302, answered.text
    back = answered.headers["location"]
    assert back.startswith(CALLBACK)
    return {name: value for name, (value,) in parse_qs(urlsplit(back).query).items()}


def test_a_person_signs_in_at_the_hosted_pages(api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    account.sign_up()
    account.verify(mailbox.code_for(account.email))
    begun = api.get("/oauth/login", params={"return_to": "/home"})
    flow = begun.headers["set-cookie"].partition(";")[0]
    brought = sign_in_at_the_pages(begun.headers["location"], account)
    # Over HTTP no browser sends a Secure cookie, so it is sent by hand.
    tokens = api.get("/oauth/callback", params=brought, headers={"Cookie": flow})
    assert tokens.status_code == 200, tokens.text
    bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    assert api.get("/me", headers=bearer).json()["email"] == account.email
    assert api.post("/refresh", json={"refresh_token": tokens.json()["refresh_token"]}).status_code == 200
    again = api.get("/oauth/callback", params=brought, headers={"Cookie": flow})
    assert again.status_code == 400
    assert api.post("/logout", headers=bearer).status_code == 204
    assert account.session(tokens.json()["access_token"]).status_code == 401
