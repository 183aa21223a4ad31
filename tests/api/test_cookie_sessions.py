"""Cookie sessions and cross-origin requests."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, TOKENS, FakeCognito
from tests.support.routes import routes
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}
PAGE = "https://app.example.com"
OLD, NEW = "old-key-of-thirty-two-characters-or-more", "new-key-of-thirty-two-characters-or-more"
COOKIE = {"X-Session": "cookie"}


@pytest.fixture
async def browser(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    settings = settings_for(cognito.url, cookie_sessions="on", cors_origins=PAGE)
    async with client_of(settings) as client:
        # Clients send Secure cookies over HTTPS only.
        client.base_url = httpx.URL("https://api.test")
        yield client


async def log_in(browser: httpx.AsyncClient) -> str:
    response = await browser.post("/login", json=LOGIN, headers=COOKIE)
    assert response.status_code == 200, response.text
    return str(response.json()["csrf_token"])


STUCK = ["PasswordResetRequiredException", "UserNotConfirmedException", "UserLambdaValidationException"]


class TestCookieLogin:
    async def test_login_sets_http_only_cookies(self, browser: httpx.AsyncClient) -> None:
        response = await browser.post("/login", json=LOGIN, headers=COOKIE)
        assert response.json().keys() == {"csrf_token", "expires_in"}
        cookies = response.headers.get_list("set-cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session", "__Host-access"]
        for cookie in cookies:
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
            assert "Domain" not in cookie
            assert len(cookie) < 4096
        text = response.text + str(cookies)
        assert not any(str(token) in text for token in TOKENS.values() if token != 3600)

    async def test_login_longest_tokens_fit_in_cookies(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        long = {**TOKENS, "AccessToken": "a" * 1800, "RefreshToken": "r" * 2000, "TokenType": "Bearer"}
        cognito.answers("InitiateAuth", {"AuthenticationResult": long})
        response = await browser.post("/login", json=LOGIN, headers=COOKIE)
        assert all(len(cookie) < 4096 for cookie in response.headers.get_list("set-cookie"))

    async def test_login_without_header_returns_tokens(self, browser: httpx.AsyncClient) -> None:
        response = await browser.post("/login", json=LOGIN)
        assert response.json()["access_token"] == TOKENS["AccessToken"]
        assert "set-cookie" not in response.headers

    @pytest.mark.parametrize("path", ["/login", "/verify", "/login/challenge"])
    async def test_login_with_cookies_disabled_is_409(
        self, api: httpx.AsyncClient, cognito: FakeCognito, path: str
    ) -> None:
        bodies = {"/login": LOGIN, "/verify": {"email": LOGIN["email"], "code": "123456"}}
        answer = routes("a.b.c")["POST /login/challenge"].body
        response = await api.post(path, json=bodies.get(path, answer), headers=COOKIE)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")
        assert cognito.requests == []

    async def test_login_oversized_tokens_is_409(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        groups = [f"a-group-with-a-long-name-{number:03}" for number in range(120)]
        large = KEY.token(**{"cognito:groups": groups})
        cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "AccessToken": large}})
        response = await browser.post("/login", json=LOGIN, headers=COOKIE)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")
        assert "set-cookie" not in response.headers


class TestCookieSession:
    async def test_cookies_authenticate_requests(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        csrf = await log_in(browser)
        session = await browser.get("/session")
        assert session.json()["sub"] == SUB
        assert session.headers["x-csrf-token"] == csrf
        assert (await browser.get("/me")).json()["email"] == "ada@example.com"
        changed = await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})
        assert changed.status_code == 200
        assert cognito.requests[-1] == ("GetUser", {"AccessToken": TOKENS["AccessToken"]})

    @pytest.mark.parametrize(
        "cookie", ["x", "__Host-session=forged", "__Host-session=; __Host-access=x", "=;;=,", "\x80"]
    )
    async def test_forged_cookie_is_401(self, browser: httpx.AsyncClient, cookie: str) -> None:
        response = await browser.get("/session", headers={b"cookie": cookie.encode("latin-1")})
        assert (response.status_code, problem_slug(response)) == (401, "invalid-token")

    async def test_access_cookie_of_other_session_is_ignored(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await log_in(browser)
        access = browser.cookies["__Host-access"]
        browser.cookies.clear()
        await log_in(browser)
        session = browser.cookies["__Host-session"]
        header = {"Cookie": f"__Host-session={session}; __Host-access={access}"}
        browser.cookies.clear()
        await browser.get("/session", headers=header)
        assert cognito.operations()[-1] == "GetTokensFromRefreshToken"

    async def test_cookies_are_ignored_when_disabled(self, cognito: FakeCognito, browser: httpx.AsyncClient) -> None:
        await log_in(browser)
        async with client_of(settings_for(cognito.url)) as off:
            off.base_url = httpx.URL("https://api.test")
            off.cookies = browser.cookies
            assert (await off.get("/session")).status_code == 401

    async def test_logout_deletes_cookies(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        csrf = await log_in(browser)
        response = await browser.post("/logout", headers={"X-CSRF-Token": csrf})
        assert response.status_code == 204, response.text
        assert all("Max-Age=0" in cookie for cookie in response.headers.get_list("set-cookie"))
        assert cognito.requests[-1] == ("GlobalSignOut", {"AccessToken": TOKENS["AccessToken"]})
        assert dict(browser.cookies) == {}
        assert (await browser.get("/session")).status_code == 401

    async def test_session_survives_key_rotation(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, cookie_sessions="on", sealing_keys=OLD)) as old:
            old.base_url = httpx.URL("https://api.test")
            csrf = await log_in(old)
            cookies = old.cookies
        async with client_of(settings_for(cognito.url, cookie_sessions="on", sealing_keys=f"{NEW},{OLD}")) as new:
            new.base_url = httpx.URL("https://api.test")
            new.cookies = cookies
            assert (await new.get("/session")).status_code == 200
            assert (await new.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})).status_code == 200

    @pytest.mark.parametrize("keys", [",", "short", "a-key-of-thirty-two-characters-or-more,"])
    def test_short_or_empty_sealing_key_is_refused(self, keys: str) -> None:
        with pytest.raises(ValueError, match="sealing_keys"):
            settings_for("http://127.0.0.1:1", sealing_keys=keys)


class TestCrossSiteRequests:
    @pytest.mark.parametrize(
        ("headers", "is_taken"),
        [
            ({}, True),
            ({"Origin": "https://api.test"}, True),
            ({"Origin": "https://api.test", "Sec-Fetch-Site": "same-origin"}, True),
            ({"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}, True),
            ({"Origin": "https://evil.example"}, False),
            ({"Origin": "https://api.test.evil.example"}, False),
            ({"Origin": "null"}, False),
            ({"Sec-Fetch-Site": "cross-site"}, False),
            ({"Sec-Fetch-Site": "same-site"}, False),
            ({"Origin": "https://api.test", "Sec-Fetch-Site": "cross-site"}, False),
            ({"X-CSRF-Token": ""}, False),
            ({"X-CSRF-Token": "0" * 64}, False),
            ({"X-CSRF-Token": "é"}, False),
        ],
    )
    async def test_change_requires_same_site_and_csrf_token(
        self, browser: httpx.AsyncClient, cognito: FakeCognito, headers: dict[str, str], is_taken: bool
    ) -> None:
        csrf = await log_in(browser)
        cognito.requests.clear()
        sent = {"X-CSRF-Token": csrf, **headers}
        encoded = {name.encode(): value.encode() for name, value in sent.items()}
        response = await browser.patch("/me", json={"name": "Ada"}, headers=encoded)
        if is_taken:
            assert response.status_code == 200, response.text
        else:
            assert (response.status_code, problem_slug(response)) == (403, "cross-site-request")
            assert cognito.requests == []

    async def test_csrf_token_of_other_session_is_refused(self, browser: httpx.AsyncClient) -> None:
        other = await log_in(browser)
        browser.cookies.clear()
        await log_in(browser)
        response = await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": other})
        assert problem_slug(response) == "cross-site-request"

    async def test_bearer_token_needs_no_csrf_token(self, browser: httpx.AsyncClient) -> None:
        await log_in(browser)
        bearer = {"Authorization": f"Bearer {KEY.token()}"}
        assert (await browser.patch("/me", json={"name": "Ada"}, headers=bearer)).status_code == 200


class TestCookieRefresh:
    async def test_missing_access_cookie_is_refreshed_once(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        csrf = await log_in(browser)
        del browser.cookies["__Host-access"]
        renewed = {**TOKENS, "AccessToken": KEY.token(), "RefreshToken": "rotated", "TokenType": "Bearer"}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
        answers = await asyncio.gather(*(browser.get("/session") for _ in range(5)))
        assert [response.status_code for response in answers] == [200] * 5
        assert cognito.operations().count("GetTokensFromRefreshToken") == 1
        assert len(answers[0].headers.get_list("set-cookie")) == 2
        # The CSRF token is still valid: the session is the same.
        assert (await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})).status_code == 200
        del browser.cookies["__Host-access"]
        await browser.get("/session")
        assert cognito.requests[-1][1]["RefreshToken"] == "rotated"

    async def test_access_token_is_refreshed_before_expiry(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "ExpiresIn": 29, "TokenType": "Bearer"}})
        await log_in(browser)
        assert (await browser.get("/session")).status_code == 200
        assert cognito.operations() == ["InitiateAuth", "GetTokensFromRefreshToken"]

    @pytest.mark.parametrize("code", ["NotAuthorizedException", "RefreshTokenReuseException"])
    async def test_refused_refresh_deletes_cookies(
        self, browser: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        await log_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", code)
        response = await browser.get("/session")
        assert response.status_code == 401
        assert dict(browser.cookies) == {}

    async def test_unavailable_refresh_keeps_session(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await log_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", "InternalErrorException", status=500)
        response = await browser.get("/session")
        assert (response.status_code, problem_slug(response)) == (503, "upstream-unavailable")
        assert "set-cookie" not in response.headers
        cognito.answers("GetTokensFromRefreshToken", SUCCESS["GetTokensFromRefreshToken"])
        assert (await browser.get("/session")).status_code == 200

    async def test_blocked_refresh_keeps_session(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await log_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", "ForbiddenException")
        assert (await browser.get("/session")).status_code == 403
        cognito.answers("GetTokensFromRefreshToken", SUCCESS["GetTokensFromRefreshToken"])
        assert (await browser.get("/session")).status_code == 200

    @pytest.mark.parametrize("code", STUCK)
    async def test_refused_refresh_does_not_block_public_routes(
        self, browser: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        await log_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", code)
        reset = {"email": "ada@example.com", "code": "123456", "new_password": "Another-Horse-9"}
        assert (await browser.post("/password/reset", json=reset)).status_code == 204
        assert (await browser.get("/livez")).status_code == 200
        assert (await browser.get("/session")).status_code == 401
        assert dict(browser.cookies) == {}

    async def test_refreshes_are_rate_limited_and_audited(
        self, cognito: FakeCognito, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with client_of(settings_for(cognito.url, cookie_sessions="on", rate_limits="on")) as client:
            client.base_url = httpx.URL("https://api.test")
            await log_in(client)
            session = {"Cookie": f"__Host-session={client.cookies['__Host-session']}"}
            client.cookies.clear()
            found = [(await client.get("/session", headers=session)).status_code for _ in range(31)]
        assert found == [200] * 30 + [429]
        events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        assert [event["result"] for event in events if event.get("event") == "refresh"] == ["success"] * 30

    async def test_oversized_refreshed_tokens_end_session(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await log_in(browser)
        del browser.cookies["__Host-access"]
        groups = [f"a-group-with-a-long-name-{number:03}" for number in range(120)]
        large = {**TOKENS, "AccessToken": KEY.token(**{"cognito:groups": groups})}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": large})
        assert (await browser.get("/session")).status_code == 401
        assert dict(browser.cookies) == {}


class TestReplacedSession:
    async def test_new_login_ends_the_former_session(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await log_in(browser)
        former = browser.cookies["__Host-session"]
        cognito.requests.clear()
        renewed = {**TOKENS, "AccessToken": KEY.token(origin_jti="former"), "RefreshToken": "former-rotated"}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
        await log_in(browser)
        assert cognito.operations() == ["InitiateAuth", "GetTokensFromRefreshToken", "RevokeToken"]
        assert browser.cookies["__Host-session"] != former
        token = {"Authorization": f"Bearer {KEY.token(origin_jti='former')}"}
        assert (await browser.get("/session", headers=token)).status_code == 401
        assert (await browser.get("/session")).status_code == 200

    async def test_login_goes_on_if_the_former_session_cannot_be_ended(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await log_in(browser)
        cognito.fails("GetTokensFromRefreshToken", "InternalErrorException", status=500)
        await log_in(browser)
        assert (await browser.get("/session")).status_code == 200

    async def test_logout_during_a_renewal_ends_the_renewed_session(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        csrf = await log_in(browser)
        signed_in_at = int(time.time()) - 60
        renewing = asyncio.Event()

        async def renew(_: Any, __: Any) -> web.StreamResponse:
            renewing.set()
            await asyncio.sleep(0.2)
            renewed = {**TOKENS, "AccessToken": KEY.token(auth_time=signed_in_at), "RefreshToken": "rotated"}
            return web.json_response({"AuthenticationResult": renewed}, content_type="application/x-amz-json-1.1")

        cognito.handles("GetTokensFromRefreshToken", renew)
        session = {"Cookie": f"__Host-session={browser.cookies['__Host-session']}"}
        both = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        browser.cookies.clear()
        renewal = asyncio.create_task(browser.get("/session", headers=session))
        await renewing.wait()
        out = await browser.post("/logout", headers={"X-CSRF-Token": csrf, "Cookie": both})
        assert out.status_code == 204
        await renewal
        # The browser now has the cookies of the renewal.
        assert (await browser.get("/session")).status_code == 401


class TestStolenSession:
    async def test_reuse_ends_access_tokens_of_the_session(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        """The session is known from the cookie, whichever process rotated its token."""
        stolen = {**TOKENS, "AccessToken": KEY.token(origin_jti="stolen")}
        cognito.answers("InitiateAuth", {"AuthenticationResult": stolen})
        await log_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
        assert (await browser.get("/session")).status_code == 401
        thief = {"Authorization": f"Bearer {KEY.token(origin_jti='stolen')}"}
        assert (await browser.get("/session", headers=thief)).status_code == 401
        other = {"Authorization": f"Bearer {KEY.token(origin_jti='other')}"}
        assert (await browser.get("/session", headers=other)).status_code == 200


class TestIdleSession:
    @pytest.fixture
    async def idle(self, cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
        async with client_of(settings_for(cognito.url, cookie_sessions="on", session_idle_minutes=10)) as client:
            client.base_url = httpx.URL("https://api.test")
            yield client

    async def test_unused_session_ends(
        self, idle: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await log_in(idle)
        session = {"Cookie": f"__Host-session={idle.cookies['__Host-session']}"}
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 601)
        cognito.requests.clear()
        assert (await idle.get("/session", headers=session)).status_code == 401
        assert cognito.requests == []

    async def test_used_session_is_renewed_in_half_the_time(self, idle: httpx.AsyncClient) -> None:
        response = await idle.post("/login", json=LOGIN, headers=COOKIE)
        ages = [cookie.rpartition("Max-Age=")[2] for cookie in response.headers.get_list("set-cookie")]
        assert ages == ["600", "300"]


class TestCors:
    async def test_cors_allows_only_listed_origins(self, browser: httpx.AsyncClient) -> None:
        preflight = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-csrf-token"}
        asked = await browser.options("/me", headers={"Origin": PAGE, **preflight})
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == PAGE
        assert asked.headers["access-control-allow-credentials"] == "true"
        traced = {**preflight, "Access-Control-Request-Headers": "baggage, traceparent, tracestate"}
        assert (await browser.options("/me", headers={"Origin": PAGE, **traced})).status_code == 200
        refused = await browser.options("/me", headers={"Origin": "https://evil.example", **preflight})
        assert "access-control-allow-origin" not in refused.headers
        problem = await browser.get("/session", headers={"Origin": PAGE})
        assert problem.status_code == 401
        assert problem.headers["access-control-allow-origin"] == PAGE

    async def test_cors_headers_follow_settings(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, cors_origins=PAGE)) as api:
            response = await api.get("/livez", headers={"Origin": PAGE})
            assert response.headers["access-control-allow-origin"] == PAGE
            assert "access-control-allow-credentials" not in response.headers
        async with client_of(settings_for(cognito.url)) as api:
            response = await api.get("/livez", headers={"Origin": PAGE})
            assert "access-control-allow-origin" not in response.headers

    @pytest.mark.parametrize("origin", ["*", "https://app.example.com/x", "app.example.com", "https://*.example.com"])
    def test_invalid_cors_origin_is_refused(self, origin: str) -> None:
        with pytest.raises(ValueError, match="cors_origins"):
            settings_for("http://127.0.0.1:1", cors_origins=origin)
