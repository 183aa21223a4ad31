"""Every page and every challenge in Chromium, in both languages, against a scripted Cognito that has one of each."""

from collections.abc import Generator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser

from tests.browser.pages import Critic, person_at
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.challenges import CHALLENGES
from tests.support.cognito import FakeCognito
from tests.support.page_routes import SHOWN
from tests.support.servers import running_api

GROUP = "administrators"
LANGUAGES = pytest.mark.parametrize("locale", ["en-GB", "de-DE"])


@pytest.fixture(scope="module")
def cognito() -> Generator[FakeCognito]:
    fake = FakeCognito()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(fake.running()):
        yield fake


@pytest.fixture(scope="module")
def url(cognito: FakeCognito, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    settings = {
        "COGNITO_USER_POOL_ID": "us-east-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "clientid",
        "COGNITO_CLIENT_SECRET": "client-secret-canary-of-length",
        "AWS_ENDPOINT_URL": cognito.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ADMIN_GROUP": GROUP,
        "PAGES": "on",
        "PASSWORDLESS": "on",
        "PASSKEY_RELYING_PARTY": "localhost",
    }
    with running_api(tmp_path_factory.mktemp("states") / "log", settings) as found:
        yield found.replace("127.0.0.1", "localhost")


@LANGUAGES
@pytest.mark.parametrize("name", CHALLENGES)
def test_challenge_and_its_refusal(browser: Browser, url: str, cognito: FakeCognito, name: str, locale: str) -> None:
    given, _ = CHALLENGES[name]
    cognito.answers("InitiateAuth", given)
    cognito.fails("RespondToAuthChallenge", "CodeMismatchException")
    cognito.fails("VerifySoftwareToken", "EnableSoftwareTokenMFAException")
    with person_at(browser, url, Mailbox(cognito.url), Critic, locale=locale) as person:
        person.sign_in()
        if given["ChallengeName"] == "WEB_AUTHN":
            # Its form is sent by the script only (test_pages).
            assert len(person.seen) == 2
            return
        field = person.page.locator("main input:not([type=hidden])").first
        if field.get_attribute("type") != "radio":
            for other in person.page.locator("main input:not([type=hidden])").all():
                other.fill("Another-Horse-10" if other.get_attribute("type") == "password" else "123456")
        person.send()
        assert person.page.locator("#problem").is_visible()
        assert len(person.seen) == 3


@LANGUAGES
def test_every_page_of_an_administrator(browser: Browser, url: str, cognito: FakeCognito, locale: str) -> None:
    cognito.signs_in(**{"cognito:groups": [GROUP]})
    with person_at(browser, url, Mailbox(cognito.url), Critic, locale=locale) as person:
        person.sign_in()
        for path in SHOWN:
            person.go(f"{path}?name=ada")
        for form, target in (
            ("/security/authenticator", "/security"),
            ("/users/action", "/users/user?name=ada"),
        ):
            person.go(f"/account{target}")
            person.send(f"form[action$='{form}'] button >> nth=-1")
        assert len(person.seen) > 12


@LANGUAGES
def test_page_for_a_fault_of_cognito(browser: Browser, url: str, cognito: FakeCognito, locale: str) -> None:
    with person_at(browser, url, Mailbox(cognito.url), Critic, locale=locale) as person:
        for code in ("InternalErrorException", "TooManyRequestsException", "NotAuthorizedException"):
            cognito.fails("InitiateAuth", code, status=500 if code.startswith("Internal") else 400)
            person.sign_in(PASSWORD)
            assert person.page.locator("#problem").is_visible()


def test_scripts_are_as_short_as_the_document_says() -> None:
    scripts = Path("api/pages/static").glob("*.js")
    assert sum(len(script.read_text().splitlines()) for script in scripts) < 100
