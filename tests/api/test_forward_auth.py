"""GET /forward-auth, as proxies ask it."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

EMAIL = "ada@example.com"
PAGE = {"Accept": "text/html,*/*", "X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/orders?open=1&page=2"}
FETCH = {"X-Forwarded-Method": "POST", "X-Forwarded-Uri": "/orders", "Sec-Fetch-Site": "same-origin"}
NAMES = ("remote-user", "remote-email", "remote-groups", "remote-name")


def tokens(**claims: Any) -> dict[str, Any]:
    identity = {"token_use": "id", "email": EMAIL, "email_verified": True, "name": "Ada Lovelace"} | claims
    return {**TOKENS, "IdToken": KEY.token(**identity), "TokenType": "Bearer"}


async def proxy_of(cognito: FakeCognito, **more: Any) -> AsyncGenerator[httpx.AsyncClient]:
    proxies = {"trusted_proxies": ("127.0.0.0/8",)}
    async with client_of(settings_for(cognito.url, **proxies | {"pages": "on"} | more)) as client:
        client.base_url = httpx.URL("https://api.test")
        yield client


@pytest.fixture
async def proxy(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    cognito.answers("InitiateAuth", {"AuthenticationResult": tokens()})
    async for client in proxy_of(cognito):
        yield client


async def sign_in(proxy: httpx.AsyncClient) -> None:
    login = {"email": EMAIL, "password": "Correct-Horse-9"}
    assert (await proxy.post("/login", json=login, headers={"X-Session": "cookie"})).status_code == 200


def expire(proxy: httpx.AsyncClient) -> None:
    del proxy.cookies["__Host-access"]


async def test_cookie_names_user_address_and_name(proxy: httpx.AsyncClient) -> None:
    await sign_in(proxy)
    response = await proxy.get("/forward-auth", headers=PAGE)
    assert (response.status_code, response.content) == (200, b"")
    assert [response.headers[name] for name in NAMES] == [SUB, EMAIL, "", "Ada Lovelace"]
    assert response.headers["cache-control"] == "no-store"


async def test_bearer_names_no_address(proxy: httpx.AsyncClient) -> None:
    groups = ["staff", "a,b", "Büro"]
    bearer = {"Authorization": f"Bearer {KEY.token(**{'cognito:groups': groups})}"}
    headers = (await proxy.get("/forward-auth", headers=bearer)).headers
    assert [headers[name] for name in NAMES[:2]] == [SUB, ""]
    # A group with a comma would be two; others are UTF-8.
    assert dict(headers.raw)[b"remote-groups"] == "staff,Büro".encode()


async def test_other_names(cognito: FakeCognito) -> None:
    async for proxy in proxy_of(cognito, forward_auth_headers="x-auth-request"):
        response = await proxy.get("/forward-auth", headers={"Authorization": f"Bearer {KEY.token()}"})
        assert response.headers["x-auth-request-user"] == SUB
        assert response.headers["x-auth-request-email"] == ""


async def test_chosen_name_is_no_preferred_user_name(cognito: FakeCognito) -> None:
    async for proxy in proxy_of(cognito, forward_auth_headers="x-auth-request"):
        cognito.answers("InitiateAuth", {"AuthenticationResult": tokens(name="admin")})
        await sign_in(proxy)
        response = await proxy.get("/forward-auth", headers=PAGE)
        assert response.headers["x-auth-request-preferred-username"] == SUB


@pytest.mark.parametrize(
    ("claims", "email", "name"),
    [
        ({"email_verified": False}, "", "Ada Lovelace"),
        ({"email_verified": "true"}, "", "Ada Lovelace"),
        ({"name": "Ada\r\nRemote-Groups: admin"}, EMAIL, ""),
        ({"name": "Ädä"}, EMAIL, "Ädä"),
    ],
)
async def test_only_verified_and_harmless_values_are_passed(
    proxy: httpx.AsyncClient, cognito: FakeCognito, claims: dict[str, Any], email: str, name: str
) -> None:
    cognito.answers("InitiateAuth", {"AuthenticationResult": tokens(**claims)})
    await sign_in(proxy)
    raw = dict((await proxy.get("/forward-auth", headers=PAGE)).headers.raw)
    assert (raw[b"remote-email"].decode(), raw[b"remote-name"].decode()) == (email, name)
    assert raw[b"remote-groups"] == b""


class TestWithoutSession:
    async def test_page_leads_to_sign_in_and_back(self, proxy: httpx.AsyncClient) -> None:
        response = await proxy.get("/forward-auth", headers=PAGE)
        assert response.status_code == 302
        assert response.headers["location"] == "/account/sign-in?return_to=%2Forders%3Fopen%3D1%26page%3D2"

    @pytest.mark.parametrize(
        "headers",
        [
            {name: text for name, text in PAGE.items() if name != "X-Forwarded-Uri"},
            {**PAGE, "X-Forwarded-Uri": "//evil.example"},
            {**PAGE, "X-Forwarded-Uri": "https://evil.example/"},
            {**PAGE, "Accept": "application/json"},
            FETCH,
        ],
    )
    async def test_others_get_401(self, proxy: httpx.AsyncClient, headers: dict[str, str]) -> None:
        response = await proxy.get("/forward-auth", headers=headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")

    async def test_untrusted_peer_is_not_believed(self, cognito: FakeCognito) -> None:
        async for proxy in proxy_of(cognito, trusted_proxies=()):
            assert (await proxy.get("/forward-auth", headers=PAGE)).status_code == 401

    async def test_pages_off_is_401(self, cognito: FakeCognito) -> None:
        async for proxy in proxy_of(cognito, pages="off"):
            assert (await proxy.get("/forward-auth", headers=PAGE)).status_code == 401

    async def test_preflight_passes_without_user_where_the_proxy_asks_for_it(self, proxy: httpx.AsyncClient) -> None:
        headers = {"X-Forwarded-Method": "OPTIONS", "Access-Control-Request-Method": "PUT"}
        assert (await proxy.get("/forward-auth", headers=headers)).status_code == 401
        response = await proxy.get("/forward-auth?preflights=pass", headers=headers)
        assert response.status_code == 200
        assert [response.headers[name] for name in NAMES] == ["", "", "", ""]


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {**FETCH, "Sec-Fetch-Site": "cross-site"},
            {"X-Forwarded-Method": "DELETE", "Origin": "https://evil.example"},
            {"X-Forwarded-Method": "GET", "Sec-WebSocket-Key": "eA==", "Origin": "https://evil.example"},
            {"X-Forwarded-Method": "GET", "Sec-Fetch-Mode": "websocket", "Sec-Fetch-Site": "same-site"},
            {"X-Forwarded-Method": "", "Sec-Fetch-Site": "same-site"},
        ],
    )
    async def test_change_by_another_site_is_refused(self, proxy: httpx.AsyncClient, headers: dict[str, str]) -> None:
        await sign_in(proxy)
        response = await proxy.get("/forward-auth", headers=headers)
        assert (response.status_code, problem_slug(response)) == (403, "cross-site-request")

    async def test_origin_is_compared_with_the_host_of_the_product(self, proxy: httpx.AsyncClient) -> None:
        await sign_in(proxy)
        shop = {"X-Forwarded-Method": "POST", "Origin": "https://shop.example", "X-Forwarded-Host": "shop.example"}
        assert (await proxy.get("/forward-auth", headers=shop)).status_code == 200
        other = shop | {"X-Forwarded-Host": "other.example"}
        assert (await proxy.get("/forward-auth", headers=other)).status_code == 403

    async def test_bearer_of_another_site_passes(self, proxy: httpx.AsyncClient) -> None:
        headers = {**FETCH, "Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {KEY.token()}"}
        assert (await proxy.get("/forward-auth", headers=headers)).status_code == 200

    async def test_link_of_another_site_passes(self, proxy: httpx.AsyncClient) -> None:
        await sign_in(proxy)
        assert (await proxy.get("/forward-auth", headers={**PAGE, "Sec-Fetch-Site": "cross-site"})).status_code == 200


class TestSeveralHosts:
    async def test_page_of_another_host_leads_to_pages_and_back(self, cognito: FakeCognito) -> None:
        more = {"pages_url": "https://id.example.com", "return_origins": "https://shop.example.com"}
        async for proxy in proxy_of(cognito, cookie_domain="example.com", **more):
            shop = PAGE | {"X-Forwarded-Host": "shop.example.com", "X-Forwarded-Proto": "https"}
            location = (await proxy.get("/forward-auth", headers=shop)).headers["location"]
            assert location.startswith(
                "https://id.example.com/account/sign-in?return_to=https%3A%2F%2Fshop.example.com%2F"
            )
            page = await proxy.get(location.removeprefix("https://id.example.com"))
            assert 'name="return_to" value="https://shop.example.com/orders?open=1&amp;page=2"' in page.text

    async def test_cookies_are_of_the_domain(self, cognito: FakeCognito) -> None:
        async for proxy in proxy_of(cognito, cookie_domain="example.com"):
            proxy.base_url = httpx.URL("https://id.example.com")
            login = {"email": EMAIL, "password": "Correct-Horse-9"}
            response = await proxy.post("/login", json=login, headers={"X-Session": "cookie"})
            cookies = response.headers.get_list("set-cookie")
            assert [cookie.partition("=")[0] for cookie in cookies] == ["__Secure-session", "__Secure-access"]
            assert all("; Domain=example.com" in cookie and "; Secure; HttpOnly" in cookie for cookie in cookies)
            assert (await proxy.get("/forward-auth", headers=PAGE)).status_code == 200
            csrf = {"X-CSRF-Token": response.json()["csrf_token"], "Sec-Fetch-Site": "same-origin"}
            ended = await proxy.post("/logout", headers=csrf)
            assert all("; Domain=example.com; Max-Age=0" in cookie for cookie in ended.headers.get_list("set-cookie"))


class TestConditions:
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("groups=staff", 200),
            ("groups=admins,staff", 200),
            ("groups=admins", 403),
            ("scopes=aws.cognito.signin.user.admin", 200),
            ("scopes=shop/write", 403),
        ],
    )
    async def test_groups_and_scopes(self, proxy: httpx.AsyncClient, query: str, status: int) -> None:
        bearer = {"Authorization": f"Bearer {KEY.token(**{'cognito:groups': ['staff']})}"}
        assert (await proxy.get(f"/forward-auth?{query}", headers=bearer)).status_code == status


class TestRenewal:
    async def test_without_uri_nothing_is_renewed(self, proxy: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await sign_in(proxy)
        expire(proxy)
        response = await proxy.get("/forward-auth", headers={"X-Forwarded-Method": "GET"})
        assert response.status_code == 401
        assert "GetTokensFromRefreshToken" not in cognito.operations()

    async def test_page_is_asked_again_with_new_cookies(self, proxy: httpx.AsyncClient) -> None:
        await sign_in(proxy)
        expire(proxy)
        response = await proxy.get("/forward-auth", headers=PAGE)
        assert (response.status_code, response.headers["location"]) == (307, PAGE["X-Forwarded-Uri"])
        assert (await proxy.get("/forward-auth", headers=PAGE)).status_code == 200

    async def test_other_request_is_repeated_with_new_cookies(self, proxy: httpx.AsyncClient) -> None:
        await sign_in(proxy)
        expire(proxy)
        assert (await proxy.get("/forward-auth", headers=FETCH)).status_code == 307
        assert (await proxy.get("/forward-auth", headers=FETCH)).status_code == 200

    async def test_web_socket_gets_401_with_new_cookies(self, proxy: httpx.AsyncClient) -> None:
        await sign_in(proxy)
        expire(proxy)
        socket = {**PAGE, "Sec-WebSocket-Key": "eA==", "Sec-Fetch-Site": "same-origin"}
        assert (await proxy.get("/forward-auth", headers=socket)).status_code == 401
        assert (await proxy.get("/forward-auth", headers=socket)).status_code == 200

    async def test_untrusted_peer_renews_nothing(self, cognito: FakeCognito) -> None:
        async for proxy in proxy_of(cognito, trusted_proxies=()):
            await sign_in(proxy)
            expire(proxy)
            assert (await proxy.get("/forward-auth", headers=PAGE)).status_code == 401
            assert "GetTokensFromRefreshToken" not in cognito.operations()

    async def test_expired_token_leads_to_sign_in(self, proxy: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await sign_in(proxy)
        expire(proxy)
        cognito.fails("GetTokensFromRefreshToken", "NotAuthorizedException", "Refresh Token has expired")
        response = await proxy.get("/forward-auth", headers=PAGE)
        assert response.headers["location"].startswith("/account/sign-in?")
