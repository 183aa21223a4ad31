"""The API reference at /docs in Chromium: it shows every operation, and loads nothing from another host."""

import json
import urllib.request

from playwright.sync_api import Browser, expect

from tests.browser.pages import person_at
from tests.support.api_client import Mailbox


def test_reference_shows_every_operation_under_its_policy(browser: Browser, api_url: str, mailbox: Mailbox) -> None:
    with urllib.request.urlopen(f"{api_url}/openapi.json", timeout=10) as answer:
        document = json.load(answer)
    operations = sum(len(methods) for methods in document["paths"].values())
    with person_at(browser, api_url, mailbox) as person:
        person.page.goto(f"{api_url}/docs")
        expect(person.page.locator(".opblock")).to_have_count(operations)
        first = person.page.locator(".opblock").first
        first.click()
        expect(first.locator(".opblock-body")).to_be_visible()
