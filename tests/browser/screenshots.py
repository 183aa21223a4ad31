"""``python -m tests.browser.screenshots [DIRECTORY]``: the pictures of the README, taken from the pages in Chromium."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from local.cognito_process import start_emulator
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.chromium import ARGUMENTS, chromium
from tests.support.pools import create_passwordless_pool
from tests.support.servers import ROOT, free_port, running_api

EMAIL = "ada@example.com"


def take(directory: Path) -> None:
    """Walk through the pages, and write a picture of each."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        port, work = free_port(), Path(name)
        emulator = start_emulator(port, work / "state", work / "log")
        try:
            endpoint = f"http://127.0.0.1:{port}"
            create_passwordless_pool(endpoint, work / "outputs.json")
            settings = {
                "STACK_OUTPUTS_FILE": str(work / "outputs.json"),
                "AWS_ENDPOINT_URL": endpoint,
                "PAGES": "on",
                "PASSWORDLESS": "on",
                "PASSKEY_RELYING_PARTY": "localhost",
                "APP_NAME": "Ledger",
            }
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            with running_api(work / "api.log", settings) as url:
                page = browser.new_page(viewport={"width": 480, "height": 640})
                _walk(page, url.replace("127.0.0.1", "localhost"), Mailbox(endpoint), directory)
            browser.close()
        finally:
            emulator.stop()


def _walk(page: Page, url: str, mailbox: Mailbox, directory: Path) -> None:
    def picture(name: str) -> None:
        page.screenshot(path=directory / f"{name}.png", full_page=True)

    page.goto(f"{url}/account/sign-in")
    picture("sign-in")
    page.get_by_role("link", name="Create an account").click()
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill("short")
    page.get_by_role("button", name="Create account", exact=True).click()
    page.wait_for_selector("#problem")
    picture("problem")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Create account", exact=True).click()
    page.locator("#code").fill(mailbox.code_for(EMAIL))
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Verify", exact=True).click()
    page.wait_for_url("**/account")
    page.goto(f"{url}/account/security")
    page.emulate_media(color_scheme="dark")
    picture("security")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images")
