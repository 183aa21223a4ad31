"""A person at the pages: what is typed and clicked, and what must hold on each page that is seen."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from playwright.sync_api import Error as PlaywrightError

from tests.browser import accessibility
from tests.support.api_client import PASSWORD, Mailbox


class Person:
    """One browser with its page; ``wrong`` collects violations of the policy, foreign requests and script errors."""

    def __init__(self, context: BrowserContext, url: str, mailbox: Mailbox) -> None:
        self.context, self.url, self.mailbox = context, url, mailbox
        self.page: Page = context.new_page()
        self.email = f"ada-{uuid.uuid4().hex[:12]}@example.com"
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"foreign request: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports each response with an error status, too; those are asked for here.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.look()

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            self.page.locator(f"#{name}").fill(text)

    def send(self, button: str = "main form button") -> None:
        """Click a button, and look at the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(button).first.click()
        self.look()

    def look(self) -> None:
        """Check the page that is shown; each state is checked once."""
        found = [self.page.locator(part).count() for part in (".problem:not([hidden])", ".done, .note, .error")]
        forms = self.page.locator("main form").evaluate_all("forms => forms.map(form => form.action)")
        state = f"{self.page.locator('h1').inner_text()} {found} {sorted(set(forms))}"
        if state not in self.seen:
            self.seen.add(state)
            self.check()

    def check(self) -> None:
        pass

    def sign_up(self) -> None:
        self.go("/account/sign-up")
        self.fill(email=self.email, password=PASSWORD)
        self.send()

    def verify(self) -> None:
        self.fill(code=self.mailbox.code_for(self.email), password=PASSWORD)
        self.send()

    def join(self) -> None:
        """Sign up and verify, which signs in."""
        self.sign_up()
        self.verify()

    def sign_in(self, password: str = PASSWORD) -> None:
        self.go("/account/sign-in")
        self.fill(email=self.email, password=password)
        self.send()

    def sign_out(self) -> None:
        self.send(".sections form button")

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def problem(self) -> str:
        return self.page.locator("#problem").inner_text()


class Critic(Person):
    """A person that looks at each page for what WCAG 2.2 AA asks."""

    def check(self) -> None:
        self.wrong += accessibility.faults(self.page)


@contextmanager
def person_at(
    browser: Browser,
    url: str,
    mailbox: Mailbox,
    kind: type[Person] = Person,
    *,
    script: bool = True,
    locale: str = "en",
) -> Generator[Person]:
    """Open a browser window; after the block, fail for what was wrong on any page."""
    context = browser.new_context(java_script_enabled=script, locale=locale)
    context.set_default_timeout(10_000)
    person = kind(context, url, mailbox)
    try:
        yield person
        assert not person.wrong, "\n".join(person.wrong)
    except PlaywrightError as error:
        error.add_note(f"At {person.page.url}: {person.page.locator('body').inner_text()}")
        raise
    finally:
        context.close()
