"""The pages in Chromium, against the local Cognito: each page and state, with and without JavaScript."""

import json
import re
from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local.provision import cognito_client
from tests.browser.pages import Critic, Person, person_at
from tests.conformance.pool_fixture import totp
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.pools import create_passwordless_pool
from tests.support.servers import running_api

GROUP = "administrators"
OTHER = "Another-Horse-10"
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])


class Place:
    """The pages of one pool."""

    def __init__(self, endpoint: str, pool_id: str, url: str, mailbox: Mailbox) -> None:
        self.cognito: Any = cognito_client(endpoint)
        self.pool_id, self.url, self.mailbox = pool_id, url, mailbox

    def make_administrator(self, person: Person) -> None:
        self.cognito.admin_add_user_to_group(UserPoolId=self.pool_id, Username=person.email, GroupName=GROUP)


@pytest.fixture(scope="module")
def place(emulator_url: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    directory = tmp_path_factory.mktemp("pages")
    outputs = directory / "outputs.json"
    pool_id, _ = create_passwordless_pool(emulator_url, outputs)
    cognito_client(emulator_url).create_group(UserPoolId=pool_id, GroupName=GROUP)
    cognito_client(emulator_url).create_group(UserPoolId=pool_id, GroupName="support")
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs),
        "AWS_ENDPOINT_URL": emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PAGES": "on",
        "PASSWORDLESS": "on",
        "PASSKEY_RELYING_PARTY": "localhost",
        "ADMIN_GROUP": GROUP,
        "APP_NAME": "Ledger",
    }
    with running_api(directory / "log", settings) as url:
        # Passkeys and Secure cookies work there without TLS.
        yield Place(emulator_url, pool_id, url.replace("127.0.0.1", "localhost"), mailbox)


def visitor(browser: Browser, place: Place, *, script: bool) -> AbstractContextManager[Person]:
    """Return a person; axe needs scripts, so that only with them each page is checked."""
    return person_at(browser, place.url, place.mailbox, Critic if script else Person, script=script)


@SCRIPT
def test_whole_way(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as person:
        page = person.page
        person.go("/")
        assert person.path == "/account/sign-in"
        person.join()
        assert person.path == "/account"
        expect(page.locator("main")).to_contain_text(person.email)
        person.fill(given_name="Ada")
        person.send("form[action$='/profile'] button")
        expect(page.locator("#given_name")).to_have_value("Ada")
        person.sign_out()
        assert person.path == "/account/sign-in"
        person.sign_in("Wrong-Horse-9")
        expect(page.locator("#email")).to_have_value(person.email)
        person.fill(password=PASSWORD)
        person.send()
        person.go("/account/password")
        person.fill(old_password=PASSWORD, new_password=OTHER)
        person.send()
        person.sign_in(OTHER)
        assert person.path == "/account"


@SCRIPT
def test_forgotten_password_is_set_anew(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as person:
        person.join()
        person.sign_out()
        person.go("/account/password/forgot")
        person.fill(email=person.email)
        person.send()
        person.fill(code="000000", new_password=OTHER)
        person.send()
        assert "wrong" in person.problem
        person.fill(code=place.mailbox.code_for(person.email), new_password=OTHER)
        person.send()
        person.fill(password=OTHER)
        person.send()
        assert person.path == "/account"


@SCRIPT
def test_authenticator_app_is_set_up_and_asked_for(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as person:
        person.join()
        person.go("/account/security")
        person.send("form[action$='/security/authenticator'] button")
        secret = person.page.locator("code").inner_text()
        person.fill(code="000000")
        person.send()
        assert person.page.locator("code").inner_text() == secret
        person.fill(code=totp(secret))
        person.send()
        expect(person.page.locator(".rows").first).to_contain_text("Authenticator app")
        person.sign_out()
        person.sign_in()
        assert person.page.locator("h1").inner_text() == "Code from your app"
        person.fill(code="000000")
        person.send()
        person.fill(code=totp(secret, 1))
        person.send()
        assert person.path == "/account"
        person.go("/account/security")
        person.send("form[action$='/security/factors'] button")
        expect(person.page.locator("main")).to_contain_text("switched off")


@SCRIPT
def test_code_by_mail_signs_in(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as person:
        person.join()
        person.sign_out()
        person.go("/account/sign-in?return_to=/account/security")
        person.fill(email=person.email)
        person.send("button[value=EMAIL_OTP]")
        person.fill(code=place.mailbox.code_for(person.email))
        person.send()
        assert person.path == "/account/security"


SLOWLY_AVAILABLE = """
const known = PublicKeyCredential.isConditionalMediationAvailable();
const asked = new Promise((resolve) => { globalThis.say = resolve; });
PublicKeyCredential.isConditionalMediationAvailable = () => asked.then(() => known);
"""


def join_with_passkey(person: Person) -> None:
    """Join in a browser with an authenticator, and add a passkey."""
    session: Any = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    person.join()
    person.go("/account/security")
    person.page.locator("form[action$='/passkeys/new'] button").click()
    person.page.wait_for_url("**/account/security?done=passkey-added")


def test_passkey_is_added_used_and_deleted(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox, Critic) as person:
        join_with_passkey(person)
        person.look()
        person.sign_out()
        person.go("/account/sign-in")
        person.fill(email=person.email)
        person.page.locator("button[value=WEB_AUTHN]").click()
        person.page.wait_for_url("**/account")
        person.go("/account/security")
        person.send("form[action$='/passkeys/delete'] button")
        expect(person.page.locator("main")).to_contain_text("The passkey is deleted.")


def test_passkey_is_offered_once_an_address_is_typed(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox) as person:
        join_with_passkey(person)
        person.sign_out()
        # A browser may take its time to say whether it can.
        person.page.add_init_script(SLOWLY_AVAILABLE)
        person.go("/account/sign-in?return_to=/account/security")
        person.fill(email=f"other-{person.email}")
        person.page.keyboard.press("Tab")
        person.fill(email=person.email)
        person.page.keyboard.press("Tab")
        person.page.evaluate("say()")
        # Not a glob, which the address that leads there would match, too.
        person.page.wait_for_url(re.compile(r"^[^?]*/account/security$"))


def test_passkey_without_script_is_explained(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox, script=False) as person:
        person.go("/account/sign-in")
        person.fill(email=person.email)
        person.send("button[value=WEB_AUTHN]")
        expect(person.page.locator("main")).to_contain_text("Passkeys need JavaScript")


@SCRIPT
def test_address_is_changed_and_account_deleted(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as person:
        person.join()
        new = f"new-{person.email}"
        person.fill(email=new)
        person.send("form[action$='/account/email'] button")
        person.fill(code=place.mailbox.code_for(new))
        person.send()
        expect(person.page.locator("main")).to_contain_text(new)
        with person.page.expect_download() as download:
            person.page.get_by_role("button", name="Download my data").click()
        assert json.loads(download.value.path().read_text())["attributes"]["email"] == new
        person.go("/account/delete")
        person.send("main .danger")
        assert person.path == "/account/sign-in"
        person.email = new
        person.sign_in()
        assert "wrong" in person.problem


@SCRIPT
def test_administrator_invites_and_manages(browser: Browser, place: Place, script: bool) -> None:
    with visitor(browser, place, script=script) as admin, visitor(browser, place, script=script) as guest:
        admin.join()
        admin.go("/account/users")
        assert "may not" in admin.problem
        place.make_administrator(admin)
        admin.go("/account")
        admin.sign_out()
        admin.sign_in()
        admin.page.get_by_role("link", name="Users").click()
        admin.fill(email=guest.email)
        admin.send("form[action$='/invite'] button")
        assert admin.page.locator("h1").inner_text() == guest.email
        first = place.mailbox.code_for(guest.email)
        admin.send("form:has(input[value=resend]) button")
        assert place.mailbox.code_for(guest.email) != first
        guest.sign_in(place.mailbox.code_for(guest.email))
        guest.fill(new_password=OTHER)
        guest.send()
        assert guest.path == "/account"
        for action in ("reset", "disable", "enable", "sign-out", "remove-factors"):
            admin.go(f"/account/users?search={guest.email[:20]}")
            assert [row.inner_text() for row in admin.page.locator(".rows a").all()] == [guest.email]
            admin.send(".rows a")
            admin.send(f"form:has(input[value={action}]) button")
            if action == "remove-factors":
                admin.send("main .danger")
            expect(admin.page.locator(".done")).to_be_visible()
        for group in ("add", "remove"):
            admin.send(f"li:has-text('support') form:has(input[value={group}]) button")
        admin.send("form:has(input[value=delete]) button")
        admin.send("main .danger")
        assert admin.path == "/account/users"


def test_pages_are_german(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox, Critic, locale="de-DE") as person:
        person.go("/account/sign-up")
        assert person.page.locator("html").get_attribute("lang") == "de"
        person.fill(email=person.email, password="short")
        person.send()
        assert (
            "Das Passwort erfüllt diese Anforderungen nicht: mindestens 8 Zeichen; ein Großbuchstabe" in person.problem
        )
        person.fill(email="ada@", password=PASSWORD)
        person.page.locator("form").evaluate("form => { form.noValidate = true }")
        person.send()
        assert "Die Adresse muss eine E-Mail-Adresse" in person.problem
        person.go("/account/sign-up?lang=en")
        person.go("/account/sign-in")
        assert person.page.locator("h1").inner_text() == "Sign in"


def test_problem_takes_focus_and_form_works_by_keyboard(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox) as person:
        person.go("/account/sign-in")
        keyboard = person.page.keyboard
        person.page.locator("#email").focus()
        keyboard.type(person.email)
        keyboard.press("Tab")
        keyboard.type("Wrong-Horse-9")
        with person.page.expect_navigation():
            keyboard.press("Enter")
        expect(person.page.locator("#problem")).to_be_focused()


def test_form_of_another_browser_is_refused_and_shown_again(browser: Browser, place: Place) -> None:
    with person_at(browser, place.url, place.mailbox) as person:
        person.go("/account/sign-in")
        person.context.clear_cookies()
        person.fill(email=person.email, password=PASSWORD)
        person.send()
        assert "This form is too old" in person.problem
        expect(person.page.locator("#email")).to_have_value(person.email)
