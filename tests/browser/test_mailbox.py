"""The mailbox page in a browser."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, expect

from local.cognito_process import start_emulator
from local.provision import cognito_client, provision
from tests.support.api_client import Account, Mailbox
from tests.support.page_routes import SHOWN
from tests.support.servers import free_port, running_api


def test_new_mail_shows_code_that_can_be_copied(browser: Browser, emulator_url: str, api_url: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda line: failures.append(line.text) if line.type == "error" else None)
    page.goto(emulator_url)
    expect(page.get_by_text("it is not AWS")).to_be_visible()
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        account.sign_up()
        row = page.get_by_role("row").filter(has_text=account.email)
        expect(row).to_contain_text("sign-up")
        row.get_by_role("button", name="Copy").click()
        expect(row.get_by_role("button", name="Copied")).to_be_visible()
        code = str(page.evaluate("navigator.clipboard.readText()"))
        assert re.fullmatch(r"\d{6}", code)
        assert account.verify(code).status_code == 204
    # The browser requests a favicon, which does not exist.
    assert [failure for failure in failures if "favicon" not in failure and "404" not in failure] == []
    context.close()


def test_mail_leads_to_page_that_takes_its_code(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    emulator = start_emulator(port, tmp_path / "state", tmp_path / "log", "http://localhost:1")
    try:
        provision(url, tmp_path / "outputs.json")
        settings = {"STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"), "AWS_ENDPOINT_URL": url}
        with running_api(tmp_path / "api.log", settings) as api_url, httpx.Client(base_url=api_url) as api:
            mails = mails_of_each_kind(api, url)
        page = browser.new_page()
        page.goto(url)
        for email, kind, place in mails:
            row = page.get_by_role("row").filter(has_text=email).filter(has_text=kind)
            row.locator("summary").click()
            expect(row.locator("pre")).to_contain_text(Mailbox(url).code_for(email))
            link = row.get_by_role("link", name="Open its page")
            assert link.get_attribute("href") == f"http://localhost:1{place}?{urlencode({'email': email})}"
            assert place in SHOWN
        page.close()
    finally:
        emulator.stop()


def mails_of_each_kind(api: httpx.Client, emulator_url: str) -> list[tuple[str, str, str]]:
    """Cause one mail of each kind; return its address, kind and page."""
    mailbox = Mailbox(emulator_url)
    unverified, forgetful, moving = (Account.new(api), Account.verified(api, mailbox), Account.verified(api, mailbox))
    invited, new = (f"{name}-{moving.email}" for name in ("invited", "new"))
    unverified.sign_up()
    assert api.post("/password/forgot", json={"email": forgetful.email}).status_code == 202
    token = {"Authorization": f"Bearer {moving.log_in().json()['access_token']}"}
    assert api.patch("/me", json={"email": new}, headers=token).is_success
    cognito: Any = cognito_client(emulator_url)
    (pool,) = cognito.list_user_pools(MaxResults=1)["UserPools"]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username=invited)
    return [
        (unverified.email, "sign-up", "/account/verify"),
        (forgetful.email, "password reset", "/account/password/reset"),
        (new, "new address", "/account/email/verify"),
        (invited, "invitation", "/account/sign-in"),
    ]


def test_newest_mail_is_first_row(browser: Browser, emulator_url: str, api_url: str) -> None:
    page = browser.new_page()
    page.goto(emulator_url)
    with httpx.Client(base_url=api_url) as api:
        for _ in range(2):
            account = Account.new(api)
            account.sign_up()
            expect(page.locator("tbody tr").first).to_contain_text(account.email)
    page.close()
