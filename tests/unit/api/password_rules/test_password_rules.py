import hashlib
import logging
from collections.abc import AsyncGenerator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from api.cognito.password_policy import PasswordPolicy
from api.errors import InvalidPassword
from api.password_rules.breached import BreachedPasswords
from api.password_rules.common import context_word, is_common
from api.password_rules.rules import PasswordRules
from cognito_tokens.http_client import HttpClient
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

GOOD, STOLEN = "Correct-Horse-9", "Stolen-Horse-9"
RULES = PasswordRules(PasswordPolicy(), "Shop Example")


@pytest.mark.parametrize(
    "password", ["password", "Password1!", "QWERTYUIOP", "12345678", "Dragon2026!?", "trustno1", "iloveyou-1"]
)
def test_common_password_is_found(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password", [GOOD, "Another-Horse-9", "horse-password-tree", "x7#kLp2v", "12345678-horse", "Love-4829-1938-2847"]
)
def test_uncommon_password_is_not_found(password: str) -> None:
    assert not is_common(password)


ADA = ("ada.lovelace@example.com", "ada.lovelace", "example", "Shop Example")


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("Ada.Lovelace1815", "ada.lovelace"),
        ("ada-lovelace@example.com", "ada.lovelace@example.com"),
        ("SHOPEXAMPLE-26!", "example"),
        ("shop example 99", "example"),
        ("example-1234", "example"),
        ("adalovelaceXq8kLp2v", None),
        ("example-correct-horse", None),
        (GOOD, None),
    ],
)
def test_password_of_context_words_is_found(password: str, word: str | None) -> None:
    assert context_word(password, ADA) == word


@pytest.mark.parametrize(
    ("password", "email", "text"),
    [
        ("short", "", "at least 8 characters"),
        ("Password1!", "", "common password"),
        ("lovelace-1815", "lovelace@x.example", "little more than your e-mail address"),
        ("ShopExample1", "", "name of this product"),
    ],
)
async def test_refused_password_has_a_sentence(password: str, email: str, text: str) -> None:
    with pytest.raises(InvalidPassword) as caught:
        await RULES.require(password, "/password", email)
    (error,) = caught.value.errors
    assert error.pointer == "/password"
    assert text in error.detail
    assert password not in error.detail


async def test_good_password_passes() -> None:
    await RULES.require(GOOD, "/password", "ada@example.com")


@pytest.fixture
async def service() -> AsyncGenerator[tuple[BreachedPasswords, list[str]]]:
    asked: list[str] = []
    digest = hashlib.sha1(STOLEN.encode(), usedforsecurity=False).hexdigest().upper()
    padding = hashlib.sha1(GOOD.encode(), usedforsecurity=False).hexdigest().upper()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        assert request.headers["Add-Padding"] == "true"
        return web.Response(text=f"{'0' * 35}:3\r\n{padding[5:]}:0\r\n{digest[5:]}:12\r\n")

    app = web.Application()
    app.router.add_get("/range/{prefix}", answer)
    async with TestServer(app) as server:
        client = BreachedPasswords(HttpClient(str(server.make_url(""))))
        yield client, asked
        await client.aclose()


async def test_breached_password_is_refused(service: tuple[BreachedPasswords, list[str]]) -> None:
    breached, asked = service
    rules = PasswordRules(PasswordPolicy(), "Shop", breached)
    await rules.require(GOOD, "/password")
    with pytest.raises(InvalidPassword) as caught:
        await rules.require(STOLEN, "/password")
    assert "stolen passwords" in caught.value.errors[0].detail
    assert all(len(path) == len("/range/") + 5 for path in asked)


@pytest.mark.parametrize("status", [404, 503])
async def test_breach_service_with_an_error_is_passed_over(status: int, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/range/{prefix}", fail)
    async with TestServer(app) as server:
        with caplog.at_level(logging.WARNING):
            client = BreachedPasswords(HttpClient(str(server.make_url(""))))
            assert not await client.contain(STOLEN)
            await client.aclose()
    assert f"HTTP {status}" in caplog.text


async def test_breach_service_that_is_away_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not await BreachedPasswords(HttpClient(f"http://127.0.0.1:{free_port()}")).contain(STOLEN)
    assert "NotConnectedError" in caplog.text
    assert STOLEN not in caplog.text


def test_rules_are_told() -> None:
    texts = PasswordRules(
        PasswordPolicy(require_numbers=True), "Shop", BreachedPasswords(HttpClient("http://x"))
    ).texts()
    assert texts.needs == ["at least 8 characters", "a digit"]
    assert "common passwords" in texts.refuses
    assert "passwords from known data breaches" in texts.refuses
