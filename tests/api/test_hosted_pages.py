"""Sign-in through the hosted pages."""

import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.errors import ConfigurationError
from api.telemetry.json_logs import flush_logs
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}
PAGE = "https://app.example.com"
OLD, NEW = "old-key-of-thirty-two-characters-or-more", "new-key-of-thirty-two-characters-or-more"
COOKIE = {"X-Session": "cookie"}


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


async def start_hosted_login(client: httpx.AsyncClient, return_to: str = "/") -> dict[str, str]:
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


class TestHostedPages:
    async def test_code_flow_returns_tokens_once(self, pages: httpx.AsyncClient, cognito: FakeCognito) -> None:
        asked = await start_hosted_login(pages)
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
        # A state is valid only once.
        again = await pages.get("/oauth/callback", params={"code": "the-code", "state": asked["state"]})
        assert problem_slug(again) == "oauth-failed"

    @pytest.mark.parametrize(
        ("claims", "status"),
        [
            ({"cognito:username": SUB}, 400),
            # A native user that is linked to another provider still has a password.
            ({"cognito:username": SUB, "identities": [{"providerName": "Google", "userId": "123"}]}, 400),
            ({"cognito:username": "google_123", "identities": [{"providerName": "Google", "userId": "123"}]}, 200),
            ({"cognito:username": "google_123", "identities": "all"}, 400),
            ({"cognito:username": SUB, "email": "bob@example.com"}, 200),
            ({"cognito:username": SUB, "email": None}, 500),
        ],
    )
    async def test_password_of_quarantined_address_is_refused(
        self, cognito: FakeCognito, claims: dict[str, Any], status: int
    ) -> None:
        async with client_of(hosted(cognito, passwordless=False)) as client:
            client.base_url = httpx.URL("https://api.test")
            verified = await client.post("/verify", json={"email": LOGIN["email"], "code": "123456"})
            assert problem_slug(verified) == "password-reset-required"
            asked = await start_hosted_login(client)
            grant(cognito, asked["nonce"], **{"email": "Ada@Example.com", **claims})
            back = await client.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        assert back.status_code == status, back.text
        assert ("RevokeToken" in cognito.operations()) == (status == 400 and claims.get("email", "") is not None)

    async def test_cookie_flow_returns_to_page_and_logs_out(self, cognito: FakeCognito) -> None:
        async with client_of(hosted(cognito, cookie_sessions="on")) as client:
            client.base_url = httpx.URL("https://api.test")
            asked = await start_hosted_login(client, "/basket?item=5")
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
        "address", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\\b", "/a b", "/\n", ""]
    )
    async def test_return_to_invalid_path_is_422(self, pages: httpx.AsyncClient, address: str) -> None:
        response = await pages.get("/oauth/login", params={"return_to": address})
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")

    async def test_hosted_logout_cross_site_is_refused(self, pages: httpx.AsyncClient) -> None:
        response = await pages.get("/oauth/logout", headers={"Sec-Fetch-Site": "cross-site"})
        assert problem_slug(response) == "cross-site-request"

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-User": "?1"}, 302),
            ({"Sec-Fetch-Site": "same-site"}, 302),
            ({}, 302),
        ],
    )
    async def test_hosted_login_of_another_site_needs_an_action_of_the_user(
        self, pages: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        assert (await pages.get("/oauth/login", headers=headers)).status_code == status

    @pytest.mark.parametrize("path", ["/oauth/login", "/oauth/callback", "/oauth/logout"])
    async def test_hosted_routes_without_domain_are_409(self, api: httpx.AsyncClient, path: str) -> None:
        response = await api.get(path)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")

    def test_domain_without_callback_url_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="OAUTH_CALLBACK_URL"):
            _ = settings_for("http://127.0.0.1:1", oauth_domain="https://auth.example.com").oauth

    async def test_well_known_change_password_redirects(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, change_password_url="https://app.example.com/password")) as api:
            response = await api.get("/.well-known/change-password")
            assert (response.status_code, response.headers["location"]) == (302, "https://app.example.com/password")

    async def test_change_password_without_page_is_404(self, api: httpx.AsyncClient) -> None:
        response = await api.get("/.well-known/change-password")
        assert (response.status_code, problem_slug(response)) == (404, "not-found")


class TestA9ProvidersWords:
    @pytest.mark.parametrize(
        ("error", "status", "slug"),
        [
            ("access_denied", 403, "oauth-denied"),
            ("login_required", 403, "oauth-interaction-required"),
            ("interaction_required", 403, "oauth-interaction-required"),
            ("invalid_request", 400, "oauth-failed"),
            ("invalid_scope", 500, "server-misconfigured"),
            ("unauthorized_client", 500, "server-misconfigured"),
            ("server_error", 503, "upstream-unavailable"),
            ("temporarily_unavailable", 503, "upstream-unavailable"),
            ("canary", 400, "oauth-failed"),
        ],
    )
    async def test_error_at_callback_is_told_apart_and_logged(
        self, pages: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], error: str, status: int, slug: str
    ) -> None:
        asked = await start_hosted_login(pages)
        query = {"error": error, "error_description": "canary", "state": asked["state"]}
        response = await pages.get("/oauth/callback", params=query)
        assert (response.status_code, problem_slug(response)) == (status, slug)
        assert not pages.cookies
        flush_logs()
        logged = capsys.readouterr().err
        assert f"the hosted pages returned {'an unknown error' if error == 'canary' else error}" in logged
        assert "canary" not in logged + response.text

    async def test_error_without_state_is_not_believed(
        self, pages: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await start_hosted_login(pages)
        response = await pages.get("/oauth/callback", params={"error": "invalid_scope", "state": "another"})
        assert (response.status_code, problem_slug(response)) == (400, "oauth-failed")
        flush_logs()
        assert "hosted pages returned" not in capsys.readouterr().err

    async def test_refused_client_is_logged_without_its_description(
        self, pages: httpx.AsyncClient, cognito: FakeCognito, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked = await start_hosted_login(pages)
        cognito.token_status, cognito.token_answer = 400, {"error": "invalid_client", "error_description": "canary"}
        response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        flush_logs()
        logged = capsys.readouterr().err
        assert "the token endpoint returned invalid_client" in logged
        assert "canary" not in logged + response.text
        # The secret is wrong for every user.
        assert (await pages.get("/readyz")).status_code == 503

    async def test_each_page_has_a_flow_of_its_own(self, pages: httpx.AsyncClient, cognito: FakeCognito) -> None:
        first, second = await start_hosted_login(pages, "/first"), await start_hosted_login(pages, "/second")
        for asked in (first, second):
            grant(cognito, asked["nonce"])
            back = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
            assert back.status_code == 200, back.text
        assert not pages.cookies

    async def test_sixth_flow_of_a_browser_forgets_the_oldest(self, pages: httpx.AsyncClient) -> None:
        states = [(await start_hosted_login(pages))["state"] for _ in range(6)]
        assert {name.removeprefix("__Host-oauth-") for name in pages.cookies} == {state[:12] for state in states[1:]}

    async def test_parameters_are_passed_on(self, pages: httpx.AsyncClient) -> None:
        hints = {"identity_provider": "Google", "login_hint": "a&b@example.com", "lang": "pt-BR", "prompt": "login"}
        response = await pages.get("/oauth/login", params=hints)
        query = parse_qs(urlsplit(response.headers["location"]).query)
        assert {name: query[name] for name in hints} == {name: [value] for name, value in hints.items()}
        assert query["response_type"] == ["code"]

    @pytest.mark.parametrize("query", [{"prompt": "all"}, {"lang": "de&x"}, {"login_hint": "a\nb"}, {"lang": ""}])
    async def test_bad_parameter_is_422(self, pages: httpx.AsyncClient, query: dict[str, str]) -> None:
        assert problem_slug(await pages.get("/oauth/login", params=query)) == "validation-failed"

    @pytest.mark.parametrize(
        ("iss", "status"),
        [("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI", 200), ("https://evil.example", 400)],
    )
    async def test_given_issuer_must_be_the_pools(
        self, pages: httpx.AsyncClient, cognito: FakeCognito, iss: str, status: int
    ) -> None:
        asked = await start_hosted_login(pages)
        grant(cognito, asked["nonce"])
        response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"], "iss": iss})
        assert response.status_code == status, response.text
        assert bool(cognito.forms) == (status == 200)

    @pytest.mark.parametrize(
        ("page", "separator"), [("https://app.example.com/failed", "?"), ("/sign-in?from=pages", "&")]
    )
    async def test_failure_is_shown_at_a_page_of_the_product(
        self, cognito: FakeCognito, capsys: pytest.CaptureFixture[str], page: str, separator: str
    ) -> None:
        async with client_of(hosted(cognito, oauth_error_url=page)) as client:
            client.base_url = httpx.URL("https://api.test")
            asked = await start_hosted_login(client)
            query = {"error": "access_denied", "state": asked["state"]}
            response = await client.get("/oauth/callback", params=query)
            flush_logs()
            events = [row for line in capsys.readouterr().err.splitlines() if (row := json.loads(line)).get("event")]
        assert (response.status_code, response.headers["location"]) == (302, f"{page}{separator}error=oauth-denied")
        assert (events[-1]["result"], events[-1]["problem"]) == ("failure", "oauth-denied")


class TestOAuthCallback:
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
    async def test_callback_invalid_query_is_400(
        self, pages: httpx.AsyncClient, cognito: FakeCognito, query: dict[str, str]
    ) -> None:
        await start_hosted_login(pages)
        response = await pages.get("/oauth/callback", params=query)
        assert (response.status_code, problem_slug(response)) == (400, "oauth-failed")
        assert "canary" not in response.text
        assert cognito.forms == []

    async def test_callback_without_state_cookie_is_refused(
        self, pages: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        asked = await start_hosted_login(pages)
        pages.cookies.clear()
        grant(cognito, asked["nonce"])
        response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        assert problem_slug(response) == "oauth-failed"
        assert cognito.forms == []

    @pytest.mark.parametrize(
        ("status", "answer", "expected"),
        [
            (400, {"error": "invalid_grant"}, "oauth-failed"),
            (400, {"error": "invalid_client", "error_description": "canary"}, "server-misconfigured"),
            (401, {"error": "invalid_client"}, "server-misconfigured"),
            (400, {"error": "unauthorized_client"}, "server-misconfigured"),
            (400, {"error": "unsupported_grant_type"}, "server-misconfigured"),
            (400, {"error": ["invalid_client"]}, "oauth-failed"),
            (400, "invalid_client", "oauth-failed"),
            (500, {}, "upstream-unavailable"),
            (200, {}, "upstream-invalid-response"),
            (200, [], "upstream-invalid-response"),
            (200, {"access_token": "a", "id_token": "b", "refresh_token": "c", "expires_in": 3600}, "oauth-failed"),
        ],
    )
    async def test_token_endpoint_failure_is_problem(
        self, pages: httpx.AsyncClient, cognito: FakeCognito, status: int, answer: Any, expected: str
    ) -> None:
        asked = await start_hosted_login(pages)
        cognito.token_status, cognito.token_answer = status, answer
        response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        assert problem_slug(response) == expected

    @pytest.mark.parametrize(
        "claims", [{"nonce": "another"}, {"nonce": ...}, {"aud": "another"}, {"token_use": "access"}]
    )
    async def test_callback_wrong_id_token_claims_are_refused(
        self, pages: httpx.AsyncClient, cognito: FakeCognito, claims: dict[str, Any]
    ) -> None:
        asked = await start_hosted_login(pages)
        grant(cognito, **{"nonce": asked["nonce"], **claims})
        response = await pages.get("/oauth/callback", params={"code": "c", "state": asked["state"]})
        assert problem_slug(response) == "oauth-failed"
