"""What was typed in the account is there again after a sign-in that it needs: for the same user, on the same page."""

import time
from collections.abc import AsyncGenerator

import httpx
import pytest

from api.pages import typed
from tests.api.test_pages import EMAIL, PASSWORD, SAME, administrator_of, changes, send, sign_in
from tests.conftest import client_of, settings_for
from tests.support.cognito import OTHER_SUB, SUCCESS, TOKENS, FakeCognito
from tests.support.tokens import KEY
from tests.support.visitor import fields_of

pytestmark = pytest.mark.anyio

NEW = "new@example.com"
OLD_LOGIN = {"auth_time": int(time.time()) - 7200}
SHOWN = f'value="{NEW}"'


@pytest.fixture
async def browser(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser whose login is two hours old."""
    async with client_of(settings_for(cognito.url, pages="on")) as client:
        client.base_url = httpx.URL("https://api.test")
        cognito.signs_in(**OLD_LOGIN)
        await sign_in(client)
        yield client


async def test_new_address_is_there_after_the_sign_in_and_once(
    browser: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    refused = await send(browser, "/account/email", {"email": NEW}, "/account")
    assert refused.headers["location"] == "/account/sign-in?return_to=%2Faccount&reason=login-too-old"
    assert "UpdateUserAttributes" not in changes(cognito)
    assert SHOWN not in (await browser.get(refused.headers["location"])).text
    cognito.signs_in()
    assert (await sign_in(browser, return_to="/account")).headers["location"] == "/account"
    assert SHOWN not in (await browser.get("/account/security")).text
    page = await browser.get("/account")
    assert SHOWN in page.text
    assert typed.CLEARED in page.headers.get_list("set-cookie")
    assert SHOWN not in (await browser.get("/account")).text


async def test_new_address_is_there_where_the_session_was_renewed_first(
    browser: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    page = await browser.get("/account")
    del browser.cookies["__Host-access"]
    renewed = {**TOKENS, "AccessToken": KEY.token(**OLD_LOGIN), "TokenType": "Bearer"}
    cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
    await browser.post("/account/email", data=fields_of(page) | {"email": NEW}, headers=SAME)
    cognito.signs_in()
    await sign_in(browser)
    assert SHOWN in (await browser.get("/account")).text


async def test_profile_is_there_after_a_session_that_ended(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    page = await browser.get("/account")
    assert page.status_code == 200
    cognito.fails("UpdateUserAttributes", "NotAuthorizedException")
    refused = await send(browser, "/account/profile", {"given_name": "Augusta"}, "/account")
    assert refused.headers["location"] == "/account/sign-in?return_to=%2Faccount"
    await sign_in(browser)
    assert 'value="Augusta"' in (await browser.get("/account")).text


async def test_page_that_fails_does_not_lose_it(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await send(browser, "/account/email", {"email": NEW}, "/account")
    await sign_in(browser)
    cognito.fails("GetUser", "TooManyRequestsException")
    assert (await browser.get("/account")).status_code == 429
    cognito.answers("GetUser", SUCCESS["GetUser"])
    assert SHOWN in (await browser.get("/account")).text


async def test_another_user_does_not_see_it(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await send(browser, "/account/email", {"email": NEW}, "/account")
    cognito.signs_in(sub=OTHER_SUB)
    assert (await sign_in(browser, email="grace@example.com")).status_code == 303
    page = await browser.get("/account")
    assert page.status_code == 200
    assert SHOWN not in page.text
    cognito.signs_in()
    await sign_in(browser)
    assert SHOWN in (await browser.get("/account")).text


async def test_another_site_lets_nothing_be_kept(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/account")
    assert page.status_code == 200
    for headers in (SAME, {"Sec-Fetch-Site": "cross-site"}):
        await browser.post("/account/email", data={"email": NEW, "back": "/account"}, headers=headers)
        assert typed.COOKIE not in browser.cookies


async def test_no_secret_is_kept(browser: httpx.AsyncClient) -> None:
    for path, shown, fields in (
        ("/account/password", "/account/password", {"old_password": PASSWORD, "new_password": "Another-Horse-10"}),
        ("/account/security/authenticator", "/account/security", {"code": "123456"}),
        ("/account/email", "/account", {"email": "y" * 5000}),
    ):
        await send(browser, path, fields, shown)
        assert typed.COOKIE not in browser.cookies


async def test_invitation_is_there_after_the_sign_in(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> None:
    async for administrator in administrator_of(cognito, monkeypatch):
        cognito.signs_in(**OLD_LOGIN, **{"cognito:groups": ["administrators"]})
        await sign_in(administrator)
        refused = await send(administrator, "/account/users/invite", {"email": NEW}, "/account/users")
        assert "return_to=%2Faccount%2Fusers&reason=login-too-old" in refused.headers["location"]
        cognito.signs_in(**{"cognito:groups": ["administrators"]})
        await sign_in(administrator, email=EMAIL)
        assert SHOWN in (await administrator.get("/account/users")).text
