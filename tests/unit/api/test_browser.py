"""Sessions in cookies, cross-origin requests, sign-in at the hosted pages."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.errors import ConfigurationError
from tests.conftest import client_of, settings_for
from tests.support.cognito import SUCCESS, TOKENS, FakeCognito
from tests.support.routes import routes
from tests.support.tokens import KEY, SUB
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}
PAGE = "https://app.example.com"
OLD, NEW = "old-key-of-thirty-two-characters-or-more", "new-key-of-thirty-two-characters-or-more"
COOKIE = {"X-Session": "cookie"}


@pytest.fixture
async def browser(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    settings = settings_for(cognito.url, cookie_sessions="on", cors_origins=PAGE)
    async with client_of(settings) as client:
        # Secure cookies go over TLS alone.
        client.base_url = httpx.URL("https://api.test")
        yield client


async def log_in(browser: httpx.AsyncClient) -> str:
    response = await browser.post("/login", json=LOGIN, headers=COOKIE)
    assert response.status_code == 200, response.text
    return str(response.json()["csrf_token"])


# Cookies.


async def test_the_tokens_are_in_cookies_that_no_script_reads(browser: httpx.AsyncClient) -> None:
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


async def test_the_longest_tokens_of_cognito_fit(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    long = {**TOKENS, "AccessToken": "a" * 1800, "RefreshToken": "r" * 2000, "TokenType": "Bearer"}
    cognito.answers("InitiateAuth", {"AuthenticationResult": long})
    response = await browser.post("/login", json=LOGIN, headers=COOKIE)
    assert all(len(cookie) < 4096 for cookie in response.headers.get_list("set-cookie"))


async def test_a_client_that_does_not_ask_gets_its_tokens(browser: httpx.AsyncClient) -> None:
    response = await browser.post("/login", json=LOGIN)
    assert response.json()["access_token"] == TOKENS["AccessToken"]
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("path", ["/login", "/verify", "/login/challenge"])
async def test_where_cookies_are_off_nothing_is_begun(api: httpx.AsyncClient, cognito: FakeCognito, path: str) -> None:
    bodies = {"/login": LOGIN, "/verify": {"email": LOGIN["email"], "code": "123456"}}
    answer = routes("a.b.c")["POST /login/challenge"].body
    response = await api.post(path, json=bodies.get(path, answer), headers=COOKIE)
    assert (response.status_code, slug(response)) == (501, "feature-not-enabled")
    assert cognito.requests == []


async def test_the_session_goes_with_the_cookies(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    csrf = await log_in(browser)
    session = await browser.get("/session")
    assert session.json()["sub"] == SUB
    assert session.headers["x-csrf-token"] == csrf
    assert (await browser.get("/me")).json()["email"] == "ada@example.com"
    changed = await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})
    assert changed.status_code == 200
    assert cognito.requests[-1] == ("GetUser", {"AccessToken": TOKENS["AccessToken"]})


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
async def test_another_site_changes_nothing(
    browser: httpx.AsyncClient, cognito: FakeCognito, headers: dict[str, str], is_taken: bool
) -> None:
    csrf = await log_in(browser)
    cognito.requests.clear()
    sent = {"X-CSRF-Token": csrf, **headers}
    encoded = {name.encode(): value.encode() for name, value in sent.items()}
    response = await browser.patch("/me", json={"name": "Ada"}, headers=encoded)
    if is_taken:
        assert response.status_code == 200, response.text
    else:
        assert (response.status_code, slug(response)) == (403, "cross-site-request")
        assert cognito.requests == []


async def test_the_csrf_token_of_another_session_does_not_serve(browser: httpx.AsyncClient) -> None:
    other = await log_in(browser)
    browser.cookies.clear()
    await log_in(browser)
    response = await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": other})
    assert slug(response) == "cross-site-request"


async def test_a_bearer_token_needs_no_csrf_token(browser: httpx.AsyncClient) -> None:
    await log_in(browser)
    bearer = {"Authorization": f"Bearer {KEY.token()}"}
    assert (await browser.patch("/me", json={"name": "Ada"}, headers=bearer)).status_code == 200


async def test_logging_out_takes_the_cookies_away(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    csrf = await log_in(browser)
    response = await browser.post("/logout", headers={"X-CSRF-Token": csrf})
    assert response.status_code == 204, response.text
    assert all("Max-Age=0" in cookie for cookie in response.headers.get_list("set-cookie"))
    assert cognito.requests[-1] == ("GlobalSignOut", {"AccessToken": TOKENS["AccessToken"]})
    assert dict(browser.cookies) == {}
    assert (await browser.get("/session")).status_code == 401


async def test_a_session_is_renewed_by_itself_and_once(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    csrf = await log_in(browser)
    del browser.cookies["__Host-access"]
    renewed = {**TOKENS, "AccessToken": KEY.token(), "RefreshToken": "rotated", "TokenType": "Bearer"}
    cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
    answers = await asyncio.gather(*(browser.get("/session") for _ in range(5)))
    assert [response.status_code for response in answers] == [200] * 5
    assert cognito.operations().count("GetTokensFromRefreshToken") == 1
    assert len(answers[0].headers.get_list("set-cookie")) == 2
    # The session is the same one.
    assert (await browser.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})).status_code == 200
    del browser.cookies["__Host-access"]
    await browser.get("/session")
    assert cognito.requests[-1][1]["RefreshToken"] == "rotated"


async def test_an_access_token_is_renewed_before_it_ends(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "ExpiresIn": 29, "TokenType": "Bearer"}})
    await log_in(browser)
    assert (await browser.get("/session")).status_code == 200
    assert cognito.operations() == ["InitiateAuth", "GetTokensFromRefreshToken"]


@pytest.mark.parametrize("code", ["NotAuthorizedException", "RefreshTokenReuseException"])
async def test_a_session_that_has_ended_leaves_the_browser(
    browser: httpx.AsyncClient, cognito: FakeCognito, code: str
) -> None:
    await log_in(browser)
    del browser.cookies["__Host-access"]
    cognito.fails("GetTokensFromRefreshToken", code)
    response = await browser.get("/session")
    assert response.status_code == 401
    assert dict(browser.cookies) == {}


async def test_a_renewal_that_cannot_be_had_now_keeps_the_session(
    browser: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    await log_in(browser)
    del browser.cookies["__Host-access"]
    cognito.fails("GetTokensFromRefreshToken", "InternalErrorException", status=500)
    response = await browser.get("/session")
    assert (response.status_code, slug(response)) == (503, "upstream-unavailable")
    assert "set-cookie" not in response.headers
    cognito.answers("GetTokensFromRefreshToken", SUCCESS["GetTokensFromRefreshToken"])
    assert (await browser.get("/session")).status_code == 200


STUCK = ["PasswordResetRequiredException", "UserNotConfirmedException", "UserLambdaValidationException"]


@pytest.mark.parametrize("code", STUCK)
async def test_a_session_that_cannot_go_on_stands_in_nobodys_way(
    browser: httpx.AsyncClient, cognito: FakeCognito, code: str
) -> None:
    await log_in(browser)
    del browser.cookies["__Host-access"]
    cognito.fails("GetTokensFromRefreshToken", code)
    reset = {"email": "ada@example.com", "code": "123456", "new_password": "Another-Horse-9"}
    assert (await browser.post("/password/reset", json=reset)).status_code == 204
    assert (await browser.get("/livez")).status_code == 200
    assert (await browser.get("/session")).status_code == 401
    assert dict(browser.cookies) == {}


async def test_renewals_are_limited_and_told_to_the_audit(
    cognito: FakeCognito, capsys: pytest.CaptureFixture[str]
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


async def test_tokens_that_do_not_fit_are_no_session(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    groups = [f"a-group-with-a-long-name-{number:03}" for number in range(120)]
    large = KEY.token(**{"cognito:groups": groups})
    cognito.answers("InitiateAuth", {"AuthenticationResult": {**TOKENS, "AccessToken": large}})
    response = await browser.post("/login", json=LOGIN, headers=COOKIE)
    assert (response.status_code, slug(response)) == (501, "feature-not-enabled")
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("keys", [",", "short", "a-key-of-thirty-two-characters-or-more,"])
def test_a_key_that_anybody_could_guess_stops_the_start(keys: str) -> None:
    with pytest.raises(ValueError, match="sealing_keys"):
        settings_for("http://127.0.0.1:1", sealing_keys=keys)


@pytest.mark.parametrize("cookie", ["x", "__Host-session=forged", "__Host-session=; __Host-access=x", "=;;=,", "\x80"])
async def test_a_cookie_that_is_not_ours_is_no_session(browser: httpx.AsyncClient, cookie: str) -> None:
    response = await browser.get("/session", headers={b"cookie": cookie.encode("latin-1")})
    assert (response.status_code, slug(response)) == (401, "invalid-token")


async def test_the_cookies_of_two_sessions_do_not_mix(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await log_in(browser)
    access = browser.cookies["__Host-access"]
    browser.cookies.clear()
    await log_in(browser)
    session = browser.cookies["__Host-session"]
    header = {"Cookie": f"__Host-session={session}; __Host-access={access}"}
    browser.cookies.clear()
    await browser.get("/session", headers=header)
    assert cognito.operations()[-1] == "GetTokensFromRefreshToken"


async def test_without_the_setting_cookies_mean_nothing(cognito: FakeCognito, browser: httpx.AsyncClient) -> None:
    await log_in(browser)
    async with client_of(settings_for(cognito.url)) as off:
        off.base_url = httpx.URL("https://api.test")
        off.cookies = browser.cookies
        assert (await off.get("/session")).status_code == 401


# Other origins.


async def test_a_listed_origin_may_ask_and_no_other(browser: httpx.AsyncClient) -> None:
    preflight = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-csrf-token"}
    asked = await browser.options("/me", headers={"Origin": PAGE, **preflight})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-credentials"] == "true"
    refused = await browser.options("/me", headers={"Origin": "https://evil.example", **preflight})
    assert "access-control-allow-origin" not in refused.headers
    problem = await browser.get("/session", headers={"Origin": PAGE})
    assert problem.status_code == 401
    assert problem.headers["access-control-allow-origin"] == PAGE


async def test_without_cookies_there_are_no_credentials_and_without_a_list_no_cors(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, cors_origins=PAGE)) as api:
        response = await api.get("/livez", headers={"Origin": PAGE})
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in response.headers
    async with client_of(settings_for(cognito.url)) as api:
        response = await api.get("/livez", headers={"Origin": PAGE})
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("origin", ["*", "https://app.example.com/", "app.example.com", "https://*.example.com"])
def test_what_is_no_origin_stops_the_start(origin: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        settings_for("http://127.0.0.1:1", cors_origins=origin)


# The hosted pages.


def hosted(cognito: FakeCognito, **more: Any) -> Any:
    return settings_for(
        cognito.url,
        oauth_domain=cognito.url,
        oauth_callback_url="https://api.test/oauth/callback",
        oauth_logout_url="https://app.example.com/bye",
        **more,
    )


@pytest.fixture
async def pages(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(hosted(cognito)) as client:
        client.base_url = httpx.URL("https://api.test")
        yield client


async def begin(client: httpx.AsyncClient, return_to: str = "/") -> dict[str, str]:
    response = await client.get("/oauth/login", params={"return_to": return_to})
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def grant(cognito: FakeCognito, nonce: str, **claims: Any) -> None:
    cognito.token_answer = {
        "access_token": TOKENS["AccessToken"],
        "id_token": KEY.id_token(nonce=nonce, **claims),
        "refresh_token": "refresh.token",
        "expires_in": 3600,
        "token_type": "Bearer",
    }


async def test_the_way_to_the_hosted_pages_and_back(pages: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asked = await begin(pages)
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == "https://api.test/oauth/callback"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid email aws.cognito.signin.user.admin"
    grant(cognito, asked["nonce"])
    back = await pages.get("/oauth/callback", params={"code": "the-code", "state": asked["state"]})
    assert back.status_code == 200, back.text
    assert back.json()["access_token"] == TOKENS["AccessToken"]
    ((authorization, form),) = cognito.forms
    assert authorization == "Basic " + base64.b64encode(b"clientid:client-secret-canary-of-length").decode()
    assert (form["grant_type"], form["code"]) == ("authorization_code", "the-code")
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    # A state serves once.
    again = await pages.get("/oauth/callback", params={"code": "the-code", "state": asked["state"]})
    assert slug(again) == "oauth-failed"


async def test_with_cookies_the_browser_goes_back_where_it_was(cognito: FakeCognito) -> None:
    async with client_of(hosted(cognito, cookie_sessions="on")) as client:
        client.base_url = httpx.URL("https://api.test")
        asked = await begin(client, "/basket?item=5")
        grant(cognito, asked["nonce"])
        back = await client.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        assert (back.status_code, back.headers["location"]) == (302, "/basket?item=5")
        assert (await client.get("/session")).json()["sub"] == SUB
        out = await client.get("/oauth/logout", headers={"Sec-Fetch-Site": "same-origin"})
        assert out.headers["location"] == (
            f"{cognito.url}/logout?client_id=clientid&logout_uri=https%3A%2F%2Fapp.example.com%2Fbye"
        )
        assert cognito.operations()[-1] == "RevokeToken"
        assert (await client.get("/session")).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        {"error": "access_denied", "error_description": "canary"},
        {"code": "c", "state": "another"},
        {"code": "c"},
        {"state": "s"},
        {},
    ],
)
async def test_what_is_not_the_end_of_a_sign_in_is_refused(
    pages: httpx.AsyncClient, cognito: FakeCognito, query: dict[str, str]
) -> None:
    await begin(pages)
    response = await pages.get("/oauth/callback", params=query)
    assert (response.status_code, slug(response)) == (400, "oauth-failed")
    assert "canary" not in response.text
    assert cognito.forms == []


async def test_a_code_does_not_serve_in_another_browser(pages: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asked = await begin(pages)
    pages.cookies.clear()
    grant(cognito, asked["nonce"])
    response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
    assert slug(response) == "oauth-failed"
    assert cognito.forms == []


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, {"error": "invalid_grant"}, "oauth-failed"),
        (500, {}, "upstream-unavailable"),
        (200, {}, "upstream-invalid-response"),
        (200, [], "upstream-invalid-response"),
        (200, {"access_token": "a", "id_token": "b", "refresh_token": "c", "expires_in": 3600}, "oauth-failed"),
    ],
)
async def test_an_answer_that_is_no_grant_is_a_problem(
    pages: httpx.AsyncClient, cognito: FakeCognito, status: int, answer: Any, expected: str
) -> None:
    asked = await begin(pages)
    cognito.token_status, cognito.token_answer = status, answer
    response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
    assert slug(response) == expected


@pytest.mark.parametrize("claims", [{"nonce": "another"}, {"nonce": ...}, {"aud": "another"}, {"token_use": "access"}])
async def test_an_id_token_that_is_not_this_sign_ins_is_refused(
    pages: httpx.AsyncClient, cognito: FakeCognito, claims: dict[str, Any]
) -> None:
    asked = await begin(pages)
    grant(cognito, **{"nonce": asked["nonce"], **claims})
    response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
    assert slug(response) == "oauth-failed"


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\\b", "/a b", "/\n", ""]
)
async def test_the_way_back_stays_on_this_host(pages: httpx.AsyncClient, address: str) -> None:
    response = await pages.get("/oauth/login", params={"return_to": address})
    assert (response.status_code, slug(response)) == (422, "validation-failed")


async def test_another_site_does_not_log_out(pages: httpx.AsyncClient) -> None:
    response = await pages.get("/oauth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert slug(response) == "cross-site-request"


@pytest.mark.parametrize("path", ["/oauth/login", "/oauth/callback", "/oauth/logout"])
async def test_without_a_domain_there_are_no_hosted_pages(api: httpx.AsyncClient, path: str) -> None:
    response = await api.get(path)
    assert (response.status_code, slug(response)) == (501, "feature-not-enabled")


def test_a_domain_without_the_way_back_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="OAUTH_CALLBACK_URL"):
        _ = settings_for("http://127.0.0.1:1", oauth_domain="https://auth.example.com").oauth


async def test_password_managers_find_the_page(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, change_password_url="https://app.example.com/password")) as api:
        response = await api.get("/.well-known/change-password")
        assert (response.status_code, response.headers["location"]) == (302, "https://app.example.com/password")


async def test_a_session_can_outlive_a_key(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, cookie_sessions="on", sealing_keys=OLD)) as old:
        old.base_url = httpx.URL("https://api.test")
        csrf = await log_in(old)
        cookies = old.cookies
    async with client_of(settings_for(cognito.url, cookie_sessions="on", sealing_keys=f"{NEW},{OLD}")) as new:
        new.base_url = httpx.URL("https://api.test")
        new.cookies = cookies
        assert (await new.get("/session")).status_code == 200
        assert (await new.patch("/me", json={"name": "Ada"}, headers={"X-CSRF-Token": csrf})).status_code == 200


async def test_a_block_at_the_renewal_is_for_now(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await log_in(browser)
    del browser.cookies["__Host-access"]
    cognito.fails("GetTokensFromRefreshToken", "ForbiddenException")
    assert (await browser.get("/session")).status_code == 403
    cognito.answers("GetTokensFromRefreshToken", SUCCESS["GetTokensFromRefreshToken"])
    assert (await browser.get("/session")).status_code == 200


async def test_a_session_that_has_grown_too_large_ends(browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await log_in(browser)
    del browser.cookies["__Host-access"]
    groups = [f"a-group-with-a-long-name-{number:03}" for number in range(120)]
    large = {**TOKENS, "AccessToken": KEY.token(**{"cognito:groups": groups})}
    cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": large})
    assert (await browser.get("/session")).status_code == 401
    assert dict(browser.cookies) == {}
