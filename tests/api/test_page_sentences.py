"""What is typed wrong, at each field of each page, is explained in German, too."""

import ast
import re
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.api.test_pages import EMAIL, LANGUAGES, PASSWORD, SAME, SHOWN, administrator_of, send
from tests.support.challenges import CHALLENGES
from tests.support.cognito import FakeCognito
from tests.support.visitor import fields_of

pytestmark = pytest.mark.anyio

GERMAN = {"Accept-Language": "de"}
# What a sentence without a translation becomes.
UNKNOWN = "Dieser Wert ist nicht zulässig."
WRONG = ("", " ", "x", "é@x", "\u00e4da@example.com", "a\x07b", "12", "y" * 200, "9" * 3000, "http://example.com")
FORM = re.compile(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
TYPED = re.compile(r'<input id="([^"]+)" name="\1"')
CHOSEN = re.compile(r'<(?:button|input type="radio")[^>]* name="([^"]+)"[^>]* value="([^"]+)"')


def typed_fields(page: httpx.Response) -> list[tuple[str, str]]:
    """Return each field that a person can type in, with its form's address."""
    return [(action, name) for action, form in FORM.findall(page.text) for name in TYPED.findall(form)]


async def unexplained(client: httpx.AsyncClient, page: httpx.Response) -> list[tuple[str, str, str]]:
    """Return what a page does not explain in German: address, field, and what was typed."""
    # The first of several buttons or choices.
    chosen = dict(reversed(CHOSEN.findall(page.text)))
    found: list[tuple[str, str, str]] = []
    for action, name in typed_fields(page):
        for text in WRONG:
            fields = chosen | fields_of(page) | {"email": EMAIL, "password": PASSWORD, name: text}
            answer = await client.post(action, data=fields, headers=SAME | GERMAN)
            if UNKNOWN in answer.text:
                found.append((action, name, text[:20]))
    return found


async def test_every_wrong_value_is_explained(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> None:
    fields: set[tuple[str, str]] = set()
    async for client in administrator_of(cognito, monkeypatch):
        for path in SHOWN:
            page = await client.get(path, params={"name": "ada"}, headers=GERMAN)
            fields |= set(typed_fields(page))
            assert await unexplained(client, page) == []
        for given, _ in CHALLENGES.values():
            cognito.answers("InitiateAuth", given)
            page = await send(client, "/account/sign-in", {"email": EMAIL, "password": PASSWORD, "way": "password"})
            fields |= set(typed_fields(page))
            assert await unexplained(client, page) == []
    assert len(fields) > 20


def constants() -> set[str]:
    """Return the texts in the API's source; a value within one is ``#``."""
    found: set[str] = set()
    for path in Path("api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"\{\w+\}|\d+", "#", node.value))
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "#" for part in node.values]
                found.add(re.sub(r"\d+", "#", "".join(parts)))
    return found


def test_every_translated_sentence_is_one_of_the_api() -> None:
    german = tomllib.loads((LANGUAGES / "de.toml").read_text())["sentences"]
    known = constants()
    assert [text for text in german if not any(text in one for one in known)] == []
