"""Sign-in at ministack's hosted pages (the local Cognito has none), and the callback with the flow cookie."""

import re
from collections.abc import Generator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.api_client import PASSWORD, Account, Mailbox
from tests.support.servers import running_api

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


def submit_hosted_sign_in(address: str, account: Account) -> dict[str, str]:
    """Submit the sign-in form, and return the query parameters of the callback."""
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


def test_hosted_pages_sign_in_returns_tokens(api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    account.sign_up()
    account.verify(mailbox.code_for(account.email))
    begun = api.get("/oauth/login", params={"return_to": "/home"})
    flow = begun.headers["set-cookie"].partition(";")[0]
    brought = submit_hosted_sign_in(begun.headers["location"], account)
    # Clients do not send a Secure cookie over HTTP, so the test sets the header itself.
    tokens = api.get("/oauth/callback", params=brought, headers={"Cookie": flow})
    assert tokens.status_code == 200, tokens.text
    bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    assert api.get("/me", headers=bearer).json()["email"] == account.email
    assert api.post("/refresh", json={"refresh_token": tokens.json()["refresh_token"]}).status_code == 200
    again = api.get("/oauth/callback", params=brought, headers={"Cookie": flow})
    assert again.status_code == 400
    assert api.post("/logout", headers=bearer).status_code == 204
    assert account.session(tokens.json()["access_token"]).status_code == 401
