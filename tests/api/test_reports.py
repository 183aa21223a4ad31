"""What people who do this job have reported of such services, by the kinds of ``A3`` to ``A20``, as it is right."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from unittest.mock import AsyncMock
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app
from api.errors import ConfigurationError
from api.sessions.service import SessionService
from api.startup.certificates import require_certificates
from api.telemetry.json_logs import flush_logs
from cognito_tokens.parsing import LARGEST_TOKEN
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

PAGE = "https://app.example.com"
BEARER = {"Authorization": f"Bearer {KEY.token()}"}
LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


@pytest.fixture
async def admin(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
    async with client_of(settings_for(cognito.url, admin_group="admins")) as client:
        client.headers["Authorization"] = f"Bearer {KEY.token(**{'cognito:groups': ['admins']})}"
        yield client


class TestA5NamesThatCognitoAllows:
    NAMES = ("adfs_DOM\\ada", "SAML_x/y=", "a/b/groups", 'q"q', "équipe", "a%2Fb", "a+b@c", "#?&;")

    @pytest.mark.parametrize("name", NAMES)
    async def test_user_and_group_of_any_name_can_be_used(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        encoded = quote(name, safe="")
        assert (await admin.get(f"/admin/users/{encoded}")).status_code == 200
        assert (await admin.get(f"/admin/users/{encoded}/groups")).status_code == 200
        assert (await admin.put(f"/admin/users/ada/groups/{encoded}")).status_code == 204
        assert (await admin.get(f"/admin/groups/{encoded}/users")).status_code == 200
        assert (await admin.post("/admin/groups", json={"name": name})).status_code == 201
        assert (await admin.delete(f"/admin/groups/{encoded}")).status_code == 204
        users = [body["Username"] for _, body in cognito.requests if "Username" in body]
        groups = [body["GroupName"] for _, body in cognito.requests if "GroupName" in body]
        assert users == [name, name, "ada", "ada"]
        assert groups == [name] * 4

    async def test_encoded_slash_does_not_act_on_another_user(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await admin.get("/admin/users/x%2Fgroups")
        assert cognito.requests == [
            ("AdminGetUser", {"UserPoolId": "us-east-1_AbCdEfGhI", "Username": "x/groups"}),
        ]

    @pytest.mark.parametrize("name", ["a b", "a\u200bb", "a\x00b", "", "a" * 129])
    async def test_name_that_cognito_refuses_is_422(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        assert problem_slug(await admin.post("/admin/groups", json={"name": name})) == "validation-failed"
        if name:
            refused = await admin.get(f"/admin/users/{quote(name, safe='')}")
            assert problem_slug(refused) == "validation-failed"
        assert cognito.requests == []

    async def test_change_of_a_federated_user_names_the_user_and_not_the_sub(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.answers("AdminGetUser", {**SUCCESS["AdminGetUser"], "Username": "Google_123"})
        assert (await admin.patch("/admin/users/Google_123", json={"email": "ada@example.com"})).status_code == 200
        assert {body["Username"] for _, body in cognito.requests} == {"Google_123"}

    @pytest.mark.parametrize("name", ["custom:my-attr", "custom:größe", "dev:custom:x"])
    async def test_attribute_of_any_name_can_be_set(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        response = await admin.patch("/admin/users/ada", json={"attributes": {name: "x"}})
        assert response.status_code == 200, response.text
        assert cognito.requests[1][1]["UserAttributes"] == [{"Name": name, "Value": "x"}]

    async def test_search_for_quotes_stays_in_the_filter(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await admin.get("/admin/users", params={"search": ' A" or status = "\\'})
        assert cognito.requests[0][1]["Filter"] == 'email ^= "a\\" or status = \\"\\\\"'


class TestA6BehindAProxy:
    @pytest.fixture
    async def browser(self, cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
        async with client_of(settings_for(cognito.url, cookie_sessions="on")) as client:
            client.base_url = httpx.URL("https://api.test")
            login = await client.post("/login", json=LOGIN, headers={"X-Session": "cookie"})
            client.headers["X-CSRF-Token"] = login.json()["csrf_token"]
            yield client

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "same-origin", "Host": "127.0.0.1:8000"}, 200),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
            ({"Origin": "https://api.test", "Host": "api.test:443"}, 200),
            ({"Origin": "https://API.test:443"}, 200),
            ({"Origin": "https://api.test:8443"}, 403),
            ({"Origin": "https://api.test", "Host": "127.0.0.1:8000"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": "https://api.test"}, 403),
        ],
    )
    async def test_page_of_this_origin_is_known_under_any_host(
        self, browser: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        response = await browser.patch("/me", json={"name": "Ada"}, headers=headers)
        assert response.status_code == status, response.text

    async def test_missing_token_and_other_site_are_told_apart(self, browser: httpx.AsyncClient) -> None:
        foreign = await browser.patch("/me", json={}, headers={"Origin": "https://evil.example"})
        without = await browser.patch("/me", json={}, headers={"X-CSRF-Token": ""})
        assert problem_slug(foreign) == problem_slug(without) == "cross-site-request"
        assert "origin" in foreign.json()["detail"]
        assert "X-CSRF-Token" in without.json()["detail"]

    async def test_prefix_of_a_proxy_changes_nothing(self, cognito: FakeCognito) -> None:
        app = create_app(settings_for(cognito.url, cookie_sessions="on", docs="off"))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, root_path="/auth")
            async with httpx.AsyncClient(transport=transport, base_url="https://api.test/auth") as client:
                assert (await client.post("/login", json=LOGIN, headers={"X-Session": "cookie"})).status_code == 200
                assert (await client.get("/session")).status_code == 200
                # A public route reads no cookies, so that it needs no CSRF token.
                assert (await client.post("/login", json=LOGIN)).status_code == 200
                assert (await client.get("/openapi.json")).json()["servers"] == [{"url": "/auth"}]

    @pytest.mark.parametrize(
        ("given", "origin"),
        [("https://App.Example.com:443/", "https://app.example.com"), ("http://[::1]:3000", "http://[::1]:3000")],
    )
    def test_listed_origin_is_compared_as_browsers_send_it(self, given: str, origin: str) -> None:
        assert settings_for("http://127.0.0.1:1", cors_origins=given).cors_origins == (origin,)


class TestA8FeaturesThatTheApiCannotLiveWith:
    @pytest.mark.parametrize(
        "message",
        [
            "Attributes did not conform to the schema: name: The attribute is required",
            "Username cannot be of email format, since user pool is configured for email alias.",
        ],
    )
    async def test_sign_up_that_no_request_can_do_is_named_a_misconfiguration(
        self, api: httpx.AsyncClient, cognito: FakeCognito, message: str
    ) -> None:
        cognito.fails("SignUp", "InvalidParameterException", message)
        response = await api.post("/signup", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (500, "server-misconfigured")

    async def test_pool_that_confirms_or_remembers_devices_is_logged(
        self, api: httpx.AsyncClient, cognito: FakeCognito, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cognito.answers("SignUp", {**SUCCESS["SignUp"], "UserConfirmed": True})
        await api.post("/signup", json=LOGIN)
        tokens = {**SUCCESS["InitiateAuth"]["AuthenticationResult"], "NewDeviceMetadata": {"DeviceKey": "canary"}}
        cognito.answers("InitiateAuth", {"AuthenticationResult": tokens})
        await api.post("/login", json=LOGIN)
        flush_logs()
        logged = capsys.readouterr().err
        assert "misconfigured: the pool confirms sign-ups" in logged
        assert "misconfigured: the pool remembers devices" in logged
        assert "canary" not in logged


class TestA10HttpThatEveryClientMayUse:
    async def test_page_of_another_origin_can_read_an_unexpected_error(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(SessionService, "log_out", AsyncMock(side_effect=ZeroDivisionError))
        async with client_of(settings_for(cognito.url, cors_origins=PAGE)) as api:
            response = await api.post("/logout", headers={"Origin": PAGE, **BEARER})
        assert (response.status_code, problem_slug(response)) == (500, "internal-error")
        assert response.headers["access-control-allow-origin"] == PAGE

    async def test_allow_names_head_where_get_is(self, api: httpx.AsyncClient) -> None:
        assert (await api.post("/livez")).headers["allow"] == "GET, HEAD"


class TestA11Answers:
    async def test_longest_token_is_the_same_in_body_and_header(self, api: httpx.AsyncClient) -> None:
        token = "a" * LARGEST_TOKEN
        body = await api.post("/logout", json={"access_token": token})
        header = await api.post("/logout", headers={"Authorization": f"Bearer {token}"})
        assert problem_slug(body) == problem_slug(header) == "invalid-token"

    @pytest.mark.parametrize(
        ("method", "path", "body", "operation", "code", "message", "slug"),
        [
            ("POST", "/me/passkeys/options", None, "StartWebAuthnRegistration", "WebAuthnNotEnabledException", "", ""),
            ("GET", "/me/devices", None, "ListDevices", "InvalidUserPoolConfigurationException", "", ""),
            ("GET", "/me/devices", None, "ListDevices", "UnknownOperationException", "", ""),
            ("DELETE", "/me/devices/x", None, "ForgetDevice", "InvalidUserPoolConfigurationException", "", ""),
            ("GET", "/me/sessions", None, "ListUserSessions", "UnknownOperationException", "", ""),
            ("POST", "/me/mfa/totp", None, "AssociateSoftwareToken", "SoftwareTokenMFANotFoundException", "", ""),
            ("POST", "/signup", LOGIN, "SignUp", "NotAuthorizedException", "SignUp is not permitted for this", ""),
            (
                "PUT",
                "/me/mfa",
                {"totp": {"enabled": True}},
                "SetUserMFAPreference",
                "InvalidParameterException",
                "User has not verified software token mfa",
                "mfa-not-enrolled",
            ),
        ],
    )
    async def test_what_the_pool_does_not_offer_is_no_fault_of_the_server(
        self,
        api: httpx.AsyncClient,
        cognito: FakeCognito,
        method: str,
        path: str,
        body: dict[str, object] | None,
        operation: str,
        code: str,
        message: str,
        slug: str,
    ) -> None:
        cognito.fails(operation, code, message)
        response = await api.request(method, path, json=body, headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (409, slug or "feature-not-enabled")

    @pytest.mark.parametrize(
        "body", [{}, {"totp": {"enabled": True, "preferred": True}, "email": {"enabled": True, "preferred": True}}]
    )
    async def test_change_of_factors_says_one_thing(
        self, api: httpx.AsyncClient, cognito: FakeCognito, body: dict[str, object]
    ) -> None:
        response = await api.put("/me/mfa", json=body, headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert cognito.requests == []


class TestA12PeoplesInput:
    COMPOSED, DECOMPOSED = "Caf\u00e9-Horse-9", "Cafe\u0301-Horse-9"

    @pytest.mark.parametrize("code", [" 123 456 ", "123-456", "123\u00a0456", "123456\n"])
    async def test_code_is_read_in_groups(self, api: httpx.AsyncClient, cognito: FakeCognito, code: str) -> None:
        response = await api.post("/verify", json={**LOGIN, "code": code})
        assert response.status_code == 204, response.text
        assert cognito.requests[0][1]["ConfirmationCode"] == "123456"

    async def test_new_password_is_composed(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await api.post("/signup", json={**LOGIN, "password": self.DECOMPOSED})
        assert cognito.requests[-1][1]["Password"] == self.COMPOSED
        reset = {"email": LOGIN["email"], "code": "123456", "new_password": self.DECOMPOSED}
        await api.post("/password/reset", json=reset)
        sent = dict(cognito.requests)
        assert sent["ConfirmForgotPassword"]["Password"] == self.COMPOSED

    async def test_password_is_tried_as_typed_and_then_composed(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        assert (await api.post("/login", json={**LOGIN, "password": self.DECOMPOSED})).status_code == 200
        assert [body["AuthParameters"]["PASSWORD"] for _, body in cognito.requests] == [self.DECOMPOSED]
        for refusal in ("UserNotConfirmedException", "PasswordResetRequiredException"):
            cognito.fails("InitiateAuth", refusal)
            cognito.requests.clear()
            assert (await api.post("/login", json={**LOGIN, "password": self.DECOMPOSED})).status_code == 401
            assert len(cognito.requests) == 2
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        for typed, sent in {
            self.DECOMPOSED: [self.DECOMPOSED, self.COMPOSED],
            self.COMPOSED: [self.COMPOSED],
            "Wrong-Horse-9": ["Wrong-Horse-9"],
        }.items():
            cognito.requests.clear()
            assert (await api.post("/login", json={**LOGIN, "password": typed})).status_code == 401
            assert [body["AuthParameters"]["PASSWORD"] for _, body in cognito.requests] == sent

    async def test_names_are_trimmed_and_composed(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        api.headers.update(BEARER)
        assert (await api.patch("/me", json={"name": " Ade\u0301 "})).status_code == 200
        assert cognito.requests[0][1]["UserAttributes"] == [{"Name": "name", "Value": "Ad\u00e9"}]

    BAD: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("POST", "/signup", {}),
        ("POST", "/signup", {"email": 5, "password": "x" * 257, "auto_sign_in": "yes", "unknown": 1}),
        ("POST", "/signup", {"email": "a" * 129 + "@example.com", "password": ""}),
        ("POST", "/verify", {"email": "ada", "code": "12345"}),
        ("POST", "/verify", {"email": "ada@example.com", "code": "1" * 65, "session": "sp ace"}),
        ("POST", "/login", {"email": "ada@example.com", "preferred_challenge": "FAX"}),
        ("POST", "/login", {"email": "ada@example.com", "password": "x", "preferred_challenge": "EMAIL_OTP"}),
        ("POST", "/login/challenge", {"session": "abc"}),
        ("POST", "/login/challenge", {"session": "abc", "challenge": "FAX"}),
        ("POST", "/login/challenge", {"session": "abc", "challenge": "SOFTWARE_TOKEN_MFA", "code": "12"}),
        ("POST", "/refresh", {"refresh_token": "not a token"}),
        ("POST", "/password/reset", {"email": None, "code": 1, "new_password": "\x00"}),
        ("PATCH", "/me", {"name": "  ", "zoneinfo": "Mars", "birthdate": "2023-02-31", "locale": "?", "website": "x"}),
        ("PATCH", "/me", {"email": None}),
        ("PUT", "/me/mfa", {"totp": True}),
        ("PUT", "/me/mfa", {"totp": {"enabled": False, "preferred": True}}),
        ("PATCH", "/admin/users/ada", {"attributes": {"a b": "x"}}),
        ("PATCH", "/admin/users/ada", {"attributes": []}),
        ("PATCH", "/admin/users/ada", {"attributes": {f"custom:a{n}": "x" for n in range(51)}}),
        ("PATCH", "/admin/users/a%20da", {}),
        ("POST", "/admin/groups", {"name": "x", "precedence": -1}),
        ("POST", "/admin/groups", {"name": "x", "precedence": "first"}),
        ("GET", "/admin/users?limit=61", {}),
        ("GET", "/admin/users?limit=many", {}),
        ("GET", "/admin/users?cursor=a%20b", {}),
    )

    @pytest.mark.parametrize(("method", "path", "body"), BAD)
    async def test_refused_field_has_a_sentence_for_people(
        self, admin: httpx.AsyncClient, method: str, path: str, body: dict[str, object]
    ) -> None:
        response = await admin.request(method, path, json=None if method == "GET" else body)
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed"), response.text
        for error in response.json()["errors"]:
            assert re.fullmatch(r"[A-Z][^^$\\]*\.", error["detail"]), error
            assert not re.search("Input|pattern|items|dictionary|discriminator|not allowed", error["detail"]), error


class TestA13MinimalHosts:
    async def test_time_zones_need_no_database_of_the_host(
        self, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("zoneinfo.TZPATH", ())
        api.headers.update(BEARER)
        for zone in ("Europe/Berlin", "UTC", "Asia/Calcutta"):
            assert (await api.patch("/me", json={"zoneinfo": zone})).status_code == 200
        for zone in ("localtime", "Factory", "Mars/Olympus"):
            assert (await api.patch("/me", json={"zoneinfo": zone})).status_code == 422

    def test_missing_certificates_end_the_start(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        require_certificates("http://127.0.0.1:4566")
        with pytest.raises(ConfigurationError, match="Install the package ca-certificates"):
            require_certificates("https://cognito-idp.us-east-1.amazonaws.com")


class TestA17BalancersAndTime:
    @pytest.mark.parametrize(("hsts", "sent"), [("off", None), ("max-age=300", "max-age=300")])
    async def test_hsts_is_a_setting(self, cognito: FakeCognito, hsts: str, sent: str | None) -> None:
        async with client_of(settings_for(cognito.url, hsts=hsts)) as api:
            response = await api.get("/livez")
        assert response.headers.get("strict-transport-security") == sent

    def test_invalid_hsts_ends_the_start(self) -> None:
        with pytest.raises(ValueError, match="hsts"):
            settings_for("http://127.0.0.1:1", hsts="two years")


class TestClientMetadata:
    @pytest.mark.parametrize(
        ("header", "locale"),
        [
            ("de-CH, de;q=0.9, en;q=0.8", "de-CH"),
            ("en;q=0.5, fr;q=0.7", "fr"),
            ("fr, de", "fr"),
            ("zh-Hant-TW", "zh-Hant-TW"),
        ],
    )
    async def test_preferred_language_reaches_triggers(
        self, api: httpx.AsyncClient, cognito: FakeCognito, header: str, locale: str
    ) -> None:
        await api.post("/signup", json=LOGIN, headers={"Accept-Language": header})
        assert cognito.requests[-1][1]["ClientMetadata"] == {"locale": locale}

    @pytest.mark.parametrize("header", ["*", "en;q=0", "", "not a language", "de_CH", "<b>", "en;q=9"])
    async def test_header_without_a_language_sends_none(
        self, api: httpx.AsyncClient, cognito: FakeCognito, header: str
    ) -> None:
        response = await api.post("/signup", json=LOGIN, headers={"Accept-Language": header})
        assert response.status_code == 202
        assert "ClientMetadata" not in cognito.requests[-1][1]

    async def test_language_of_an_administrator_is_not_the_users(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await admin.post("/admin/users", json={"email": LOGIN["email"]}, headers={"Accept-Language": "de"})
        assert "ClientMetadata" not in cognito.requests[-1][1]

    async def test_only_listed_fields_reach_triggers(self, cognito: FakeCognito) -> None:
        sent = {"Client-Metadata-Tenant": "acme", "Client-Metadata-Role": "owner"}
        async with client_of(settings_for(cognito.url, client_metadata="tenant")) as api:
            await api.post("/login", json=LOGIN, headers=sent)
            assert cognito.requests[-1][1]["ClientMetadata"] == {"tenant": "acme"}
            await api.get("/me", headers={**sent, **BEARER})
            assert "ClientMetadata" not in cognito.requests[-1][1]

    @pytest.mark.parametrize("value", [b"a" * 257, "é".encode(), b"a\x01"])
    async def test_bad_field_is_422_and_not_sent(self, cognito: FakeCognito, value: bytes) -> None:
        async with client_of(settings_for(cognito.url, client_metadata="tenant")) as api:
            response = await api.post("/login", json=LOGIN, headers={b"Client-Metadata-Tenant": value})
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert "Client-Metadata-tenant" in response.json()["errors"][0]["detail"]
        assert cognito.requests == []
