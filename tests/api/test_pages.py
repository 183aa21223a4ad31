"""The pages, in process: what a browser test does not reach, or what must hold for each of them."""

import asyncio
import re
import tomllib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from aiohttp import web

from api.errors import ConfigurationError
from api.pages.texts import Languages
from api.sign_in.challenge_responses import SUPPORTED
from api.web.problems import HTTP_PROBLEMS, PROBLEMS
from cognito_tokens.strict_json import is_object
from tests.conftest import client_of, settings_for
from tests.support import page_routes
from tests.support.challenges import CHALLENGES, challenge
from tests.support.cognito import FakeCognito
from tests.support.visitor import fields_of

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LANGUAGES = Path("api/pages/languages")
# Nothing of a page brings them about.
NOT_FOR_PEOPLE = {
    "unsupported-token-type",
    "invalid-token",
    "session-ended",
    "method-not-allowed",
}
# Of the scripted Cognito and of the product, in no language.
DATA = re.compile(r"Sign-in|example|UTC|[0-9a-f-]{36}|[Ll]aptop|support|JBSWY3DP|^ada|203\.0|question|us-east-1|key")
SAME = {"Sec-Fetch-Site": "same-origin"}
GROUP = "administrators"
SHOWN = [path for path in page_routes.SHOWN if path != "/"]


@pytest.fixture
async def browser(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url, pages="on")) as client:
        client.base_url = httpx.URL("https://api.test")
        yield client


async def send(
    browser: httpx.AsyncClient, path: str, fields: dict[str, str], shown: str | None = None, **headers: str
) -> httpx.Response:
    """Show a page, fill in its form and send it to ``path``."""
    page = await browser.get(shown or path)
    return await browser.post(path, data=fields_of(page) | fields, headers=SAME | headers)


@pytest.fixture
async def administrator(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[httpx.AsyncClient]:
    """A signed-in member of ADMIN_GROUP."""
    async for client in administrator_of(cognito, monkeypatch):
        yield client


async def administrator_of(
    cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> AsyncGenerator[httpx.AsyncClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    cognito.signs_in(**{"cognito:groups": [GROUP]})
    async with client_of(settings_for(cognito.url, pages="on", admin_group=GROUP, **more)) as client:
        client.base_url = httpx.URL("https://api.test")
        await sign_in(client)
        yield client


def changes(cognito: FakeCognito) -> list[str]:
    return [name for name in cognito.operations() if not name.startswith(("Get", "List", "AdminGet", "AdminList"))]


async def sign_in(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await send(browser, "/account/sign-in", {"email": EMAIL, "password": PASSWORD, "way": "password", **fields})


class TestSession:
    async def test_sign_in_sets_cookies_and_leads_on(self, browser: httpx.AsyncClient) -> None:
        response = await sign_in(browser, return_to="/basket?item=1")
        assert (response.status_code, response.headers["location"]) == (303, "/basket?item=1")
        assert {"__Host-session", "__Host-access"} <= set(browser.cookies.keys())

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\nb",
            "http://[",
            "/" + "x" * 3000,
        ],
    )
    async def test_sign_in_leads_to_no_other_site(self, browser: httpx.AsyncClient, address: str) -> None:
        assert (await sign_in(browser, return_to=address)).headers["location"] == "/account"

    async def test_sign_in_leads_to_listed_origin(self, cognito: FakeCognito) -> None:
        shop = "https://shop.example.com"
        async with client_of(settings_for(cognito.url, pages="on", return_origins=shop)) as browser:
            browser.base_url = httpx.URL("https://api.test")
            response = await sign_in(browser, return_to=f"{shop}/basket")
            assert response.headers["location"] == f"{shop}/basket"
            assert f"form-action 'self' {shop};" in response.headers["content-security-policy"]

    async def test_account_without_session_leads_to_sign_in_and_back(self, browser: httpx.AsyncClient) -> None:
        response = await browser.get("/account/security")
        assert response.headers["location"] == "/account/sign-in?return_to=%2Faccount%2Fsecurity"

    async def test_sign_out_ends_this_session_only(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await sign_in(browser)
        response = await send(browser, "/account/sign-out", {}, "/account")
        assert response.headers["location"] == "/account/sign-in?done=signed-out"
        assert "__Host-session" not in browser.cookies
        assert "RevokeToken" in cognito.operations()
        assert "GlobalSignOut" not in cognito.operations()

    async def test_cookie_inside_another_cookie_is_not_taken(self, cognito: FakeCognito) -> None:
        """A sibling host can set cookies of other names; unquoted, the value of one could end in the session's name."""
        async with client_of(settings_for(cognito.url, pages="on")) as browser:
            browser.base_url = httpx.URL("https://api.test")
            await sign_in(browser)
            session = browser.cookies["__Host-session"]
            browser.cookies.clear()
            planted = {"Cookie": f'x="a\\073 __Host-session={session}"'}
            response = await browser.get("/account", headers=planted)
            assert response.headers["location"].startswith("/account/sign-in")
            assert "__Host-session" not in str(response.headers.get_list("set-cookie"))

    async def test_export_of_a_renewed_session_keeps_it(self, browser: httpx.AsyncClient) -> None:
        await sign_in(browser)
        del browser.cookies["__Host-access"]
        response = await send(browser, "/account/export", {}, "/account/delete")
        assert response.json()["username"]
        assert "__Host-access" in browser.cookies

    async def test_session_is_renewed_once_for_a_page(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await sign_in(browser)
        del browser.cookies["__Host-access"]
        assert (await browser.get("/account/security")).status_code == 200
        assert cognito.operations().count("GetTokensFromRefreshToken") == 1

    async def test_ended_session_leads_to_sign_in(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await sign_in(browser)
        del browser.cookies["__Host-access"]
        cognito.fails("GetTokensFromRefreshToken", "NotAuthorizedException", "Refresh Token has been revoked")
        response = await browser.get("/account/security")
        assert response.headers["location"] == "/account/sign-in?return_to=%2Faccount%2Fsecurity"
        assert "__Host-session" not in browser.cookies

    async def test_pages_below_a_path_of_the_host(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, pages="on")) as browser:
            app: Any = vars(browser)["_transport"].app
            transport = httpx.ASGITransport(app, root_path="/auth")
            async with httpx.AsyncClient(transport=transport, base_url="https://api.test") as below:
                page = await below.get("/auth/account/sign-in")
                assert 'action="/auth/account/sign-in"' in page.text
                fields = fields_of(page) | {"email": EMAIL, "password": PASSWORD, "way": "password"}
                response = await below.post("/auth/account/sign-in", data=fields, headers=SAME)
                assert response.headers["location"] == "/auth/account"
                assert (await below.get("/auth/account")).status_code == 200

    async def test_provider_leads_back_to_a_path(self, cognito: FakeCognito) -> None:
        hosted = {
            "oauth_domain": "https://auth.example.com",
            "oauth_callback_url": "https://api.test/oauth/callback",
            "oauth_logout_url": "https://api.test/",
        }
        more = {"pages_providers": "Google,Corp", "return_origins": "https://shop.example"}
        async with client_of(settings_for(cognito.url, pages="on", **hosted, **more)) as browser:
            browser.base_url = httpx.URL("https://api.test")
            through = "/account/signed-in?return_to=https%3A%2F%2Fshop.example%2Fx"
            for return_to, target in (
                ("/basket", "/basket"),
                ("https://shop.example/x", quote(through, safe="/")),
                ("https://evil.example/x", "/account"),
            ):
                page = await browser.get("/account/sign-in", params={"return_to": return_to})
                assert "Continue with Corp" in page.text
                (address,) = re.findall(r'href="([^"]*identity_provider=Google[^"]*)"', page.text)
                assert address.endswith(f"&amp;return_to={target}")
                assert (await browser.get(address.replace("&amp;", "&"))).status_code == 302
            assert (await browser.get(through)).headers["location"] == "https://shop.example/x"
            elsewhere = through.replace("shop", "evil")
            assert (await browser.get(elsewhere)).headers["location"] == "/account"
            failed = await browser.get("/oauth/callback?error=access_denied&state=x")
            assert failed.headers["location"].startswith("/account/sign-in?error=oauth-")
            assert "The sign-in at the provider" in (await browser.get(failed.headers["location"])).text


class TestForms:
    async def test_what_another_site_fills_in_is_not_shown(self, browser: httpx.AsyncClient) -> None:
        planted = {"challenge": "CUSTOM_CHALLENGE", "session": "sealed", "parameters": '{"custom": {"Call": "+49"}}'}
        for path in ("/account/sign-in/challenge", "/account/verify", "/account/security/authenticator/verify"):
            fields = planted | {
                "code": "918273",
                "email": EMAIL,
                "secret_code": "JBSWY3DP",
                "otpauth_uri": "otpauth://",
            }
            for data, params in ((fields, {}), ({"a": "1"}, fields)):
                headers = {"Sec-Fetch-Site": "cross-site"}
                response = await browser.post(path, data=data, params=params, headers=headers)
                assert response.status_code == 403
                # Its answer has no form to send on, and keeps this browser's own cookie.
                assert "<form" not in response.text
                assert "set-cookie" not in response.headers
                assert not any(text in response.text for text in ("918273", "+49", EMAIL, "sealed", "JBSWY3DP"))

    async def test_url_fills_in_no_field_of_a_sent_form(self, browser: httpx.AsyncClient) -> None:
        fields = fields_of(await browser.get("/account/sign-in"))
        planted = {"challenge": "CUSTOM_CHALLENGE", "session": "sealed", "parameters": '{"custom": {"Call": "+49"}}'}
        response = await browser.post("/account/sign-in/challenge", data=fields, params=planted, headers=SAME)
        assert (response.status_code, response.headers["location"]) == (303, "/account/sign-in")

    async def test_sign_out_of_another_site_ends_nothing(self, browser: httpx.AsyncClient) -> None:
        """A browser sends no cookies with such a form, but takes those of the response."""
        response = await browser.post("/account/sign-out", data={"a": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert (response.status_code, "set-cookie" in response.headers) == (403, False)

    async def test_only_the_address_is_taken_from_the_url(self, browser: httpx.AsyncClient) -> None:
        await sign_in(browser)
        for path in ("/account", "/account/email/verify"):
            page = await browser.get(path, params={"email": "eve@evil.example", "code": "918273", "given_name": "Eve"})
            assert not any(f'value="{text}"' in page.text for text in ("eve@evil.example", "918273", "Eve"))
        assert f'value="{EMAIL}"' in (await browser.get("/account/sign-in", params={"email": EMAIL})).text

    @pytest.mark.parametrize(
        "fields",
        [
            {"challenge": "EMAIL_OTP", "parameters": "[" * 60_000},
            {"challenge": "WEB_AUTHN", "credential": "[" * 60_000},
            {"challenge": "MFA_SETUP", "parameters": '{"totp": {"secret_code": "A", "otpauth_uri": "otpauth://€"}}'},
            {"challenge": "EMAIL_OTP", "parameters": '{"choices": 7}'},
            {"challenge": "{t}"},
            {"challenge": "NEW_PASSWORD_REQUIRED", "parameters": '{"required_attributes": [""]}'},
        ],
    )
    async def test_strange_fields_are_no_fault_of_the_service(
        self, browser: httpx.AsyncClient, fields: dict[str, str]
    ) -> None:
        page = await browser.get("/account/sign-in")
        sent = fields_of(page) | {"session": "sealed", "code": "123456"} | fields
        response = await browser.post("/account/sign-in/challenge", data=sent, headers=SAME)
        assert response.status_code < 500

    @pytest.mark.parametrize("path", sorted(page_routes.POSTED))
    async def test_form_of_another_site_calls_nothing(
        self, administrator: httpx.AsyncClient, cognito: FakeCognito, path: str
    ) -> None:
        token = fields_of(await administrator.get("/account"))["form_token"]
        before = changes(cognito)
        fields = {"email": EMAIL, "password": PASSWORD, "way": "password", "name": "ada", "code": "123456"}
        fields |= {"challenge": "EMAIL_OTP", "session": "sealed", "action": "disable", "group": "support"}
        for headers, sent in (
            ({"Sec-Fetch-Site": "cross-site"}, token),
            ({"Origin": "https://evil.example"}, token),
            (SAME, ""),
            (SAME, "0" * 64),
        ):
            response = await administrator.post(path, data=fields | {"form_token": sent}, headers=headers)
            assert response.status_code == 403, response.text
        assert changes(cognito) == before
        response = await administrator.post(path, data=fields | {"form_token": token}, headers=SAME)
        assert "This form is too old" not in response.text

    async def test_refused_form_keeps_what_was_typed(self, browser: httpx.AsyncClient) -> None:
        page = await browser.get("/account/sign-in")
        response = await browser.post(
            "/account/sign-in",
            data={**fields_of(page), "form_token": "", "email": EMAIL, "password": PASSWORD},
            headers=SAME,
        )
        assert f'value="{EMAIL}"' in response.text
        assert PASSWORD not in response.text

    @pytest.mark.parametrize(
        ("content", "media_type", "status"),
        [
            (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
            (b"&".join([b"a=1"] * 100), "application/x-www-form-urlencoded", 400),
            (b"a=%ff", "application/x-www-form-urlencoded", 400),
            (b"{}", "application/json", 415),
        ],
    )
    async def test_what_is_no_form_is_refused(
        self, browser: httpx.AsyncClient, content: bytes, media_type: str, status: int
    ) -> None:
        response = await browser.post("/account/sign-in", content=content, headers={"Content-Type": media_type})
        assert response.status_code == status
        assert "<h1>This did not work</h1>" in response.text

    async def test_missing_page_is_a_page(self, browser: httpx.AsyncClient) -> None:
        response = await browser.get("/account/nothing")
        assert response.status_code == 404
        assert "This does not exist" in response.text
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]

    async def test_slash_at_the_end_is_left_out(self, browser: httpx.AsyncClient) -> None:
        for path in ("/account/sign-in/", "/account//evil.example/"):
            assert (await browser.get(path)).headers["location"] == path[:-1]

    async def test_markup_in_fields_is_text(self, browser: httpx.AsyncClient) -> None:
        response = await sign_in(browser, email='"><script>alert(1)</script>@example.com', password="")
        assert "<script>alert" not in response.text
        assert "&lt;script&gt;" in response.text


class TestChallenges:
    def test_scripted_challenges_are_those_of_the_api(self) -> None:
        assert {given["ChallengeName"] for given, _ in CHALLENGES.values()} == set(SUPPORTED)

    @pytest.mark.parametrize(("given", "texts"), CHALLENGES.values(), ids=CHALLENGES)
    async def test_every_challenge_has_a_page(
        self, browser: httpx.AsyncClient, cognito: FakeCognito, given: dict[str, Any], texts: list[str]
    ) -> None:
        cognito.answers("InitiateAuth", given)
        page = await sign_in(browser)
        assert page.status_code == 200
        assert all(text in page.text for text in texts), page.text
        fields = fields_of(page) | {
            "code": "123456",
            "answer": "SOFTWARE_TOKEN_MFA",
            "new_password": "Another-Horse-10",
        }
        fields |= {"password": PASSWORD, "credential": '{"id": "made by a browser"}'}
        fields |= {"attributes.given_name": "Ada"} if given["ChallengeName"] == "NEW_PASSWORD_REQUIRED" else {}
        fields |= {"answer": "EMAIL_OTP"} if given["ChallengeName"] == "SELECT_CHALLENGE" else {}
        response = await browser.post("/account/sign-in/challenge", data=fields, headers=SAME)
        assert (response.status_code, response.headers.get("location")) == (303, "/account"), response.text

    async def test_wrong_code_shows_the_same_challenge_again(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.answers("InitiateAuth", challenge("SOFTWARE_TOKEN_MFA"))
        page = await sign_in(browser)
        cognito.fails("RespondToAuthChallenge", "CodeMismatchException")
        response = await browser.post(
            "/account/sign-in/challenge", data=fields_of(page) | {"code": "123456"}, headers=SAME
        )
        assert response.status_code == 403
        assert fields_of(response)["session"] == fields_of(page)["session"]
        assert '<a href="#code">Code: The code is wrong' in response.text
        assert 'aria-describedby="code-error"' in response.text

    async def test_answer_to_one_step_is_not_shown_at_the_next(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.answers("InitiateAuth", challenge("CUSTOM_CHALLENGE", question="7 + 2"))
        fields = fields_of(await sign_in(browser)) | {"answer": "my secret answer"}
        cognito.answers("RespondToAuthChallenge", challenge("CUSTOM_CHALLENGE", question="7 + 3"))
        page = await browser.post("/account/sign-in/challenge", data=fields, headers=SAME)
        assert "7 + 3" in page.text
        assert "my secret answer" not in page.text
        assert fields_of(page)["email"] == EMAIL

    async def test_page_of_a_step_is_bounded(self, browser: httpx.AsyncClient) -> None:
        names = ",".join(f'"n{number}"' for number in range(5000))
        sent = fields_of(await browser.get("/account/sign-in")) | {"challenge": "NEW_PASSWORD_REQUIRED"}
        sent |= {"form_token": "", "parameters": f'{{"required_attributes": [{names}]}}'}
        page = await browser.post("/account/sign-in/challenge", data=sent, headers=SAME)
        assert page.text.count("<input") < 100

    async def test_errors_are_beside_their_fields(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        given = challenge("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.name"]', userAttributes="{}")
        cognito.answers("InitiateAuth", given)
        fields = fields_of(await sign_in(browser))
        fields |= {"new_password": "Another-Horse-10", "attributes.name": "\x01"}
        page = await browser.post("/account/sign-in/challenge", data=fields, headers=SAME)
        assert '<a href="#attributes.name">Name: ' in page.text
        assert 'aria-describedby="attributes.name-error"' in page.text

    async def test_passing_fault_keeps_the_step(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.answers("InitiateAuth", challenge("SOFTWARE_TOKEN_MFA"))
        page = await sign_in(browser)
        cognito.fails("RespondToAuthChallenge", "TooManyRequestsException")
        response = await browser.post(
            "/account/sign-in/challenge", data=fields_of(page) | {"code": "123456"}, headers=SAME
        )
        assert fields_of(response)["session"] == fields_of(page)["session"]
        assert fields_of(response)["email"] == EMAIL


class TestFaults:
    async def test_page_answers_although_cognito_hangs(
        self, browser: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            await asyncio.sleep(30)
            raise AssertionError

        await sign_in(browser)
        monkeypatch.setattr("api.web.time_budget.PAGE_SECONDS", 0.1)
        cognito.handles("GetUser", hang)
        page = await browser.get("/account")
        assert page.status_code == 504
        assert "did not answer in time" in page.text

    async def test_unhandled_error_is_a_page(self, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(_view: object) -> bool:
            message = "secret detail"
            raise RuntimeError(message)

        await sign_in(browser)
        monkeypatch.setattr("api.pages.account.is_administrator", broken)
        page = await browser.get("/account")
        assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
        assert "secret detail" not in page.text

    async def test_factor_without_a_preferred_one_is_shown(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await sign_in(browser)
        user = {
            "Username": "ada",
            "UserAttributes": [{"Name": "sub", "Value": "s"}],
            "UserMFASettingList": ["EMAIL_OTP"],
        }
        cognito.answers("GetUser", user)
        page = await browser.get("/account/security")
        assert page.status_code == 200
        assert "Use first" in page.text


class TestAdministration:
    async def test_confirmation_names_the_user(self, administrator: httpx.AsyncClient, cognito: FakeCognito) -> None:
        known = {"Username": "ada", "Enabled": True, "UserAttributes": [{"Name": "email", "Value": "ada@corp.example"}]}
        cognito.answers("AdminGetUser", known)
        fields = fields_of(await administrator.get("/account")) | {"action": "delete", "name": "ada"}
        page = await administrator.post("/account/users/action", data=fields, headers=SAME)
        assert "ada@corp.example" in page.text
        assert "AdminDeleteUser" not in cognito.operations()

    async def test_groups_that_cannot_be_read_are_not_shown_as_none(
        self, administrator: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("AdminListGroupsForUser", "TooManyRequestsException")
        page = await administrator.get("/account/users/user", params={"name": "ada"})
        assert page.status_code == 429

    async def test_name_with_slash_is_one_name(self, administrator: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await administrator.get("/account/users/user", params={"name": "x/groups"})
        names = {request.get("Username") for name, request in cognito.requests if name == "AdminGetUser"}
        assert names == {"x/groups"}

    async def test_search_is_sent(self, administrator: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await administrator.get("/account/users", params={"search": "grace"})
        (request,) = [request for name, request in cognito.requests if name == "ListUsers"]
        assert "grace" in request["Filter"]

    async def test_sessions_that_cannot_be_read_are_not_shown_as_none(
        self, browser: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        await sign_in(browser)
        cognito.fails("ListDevices", "TooManyRequestsException")
        page = await browser.get("/account/security")
        assert page.status_code == 429


class TestTexts:
    def test_german_rules_name_the_symbols(self) -> None:
        german = Languages(None).all["de"]
        sentence = german.sentence("The password needs at least 8 characters; a symbol out of !#;9.")
        assert sentence.endswith("mindestens 8 Zeichen; ein Zeichen aus !#;9.")
        assert german.sentence("Nothing knows this.") == "Dieser Wert ist nicht zulässig."

    def test_every_problem_has_a_text(self) -> None:
        english = Languages(None).all["en"]
        slugs = {row.slug for row in [*PROBLEMS.values(), *HTTP_PROBLEMS.values()]}
        assert {slug for slug in slugs if english.get(f"problem.{slug}") is None} == NOT_FOR_PEOPLE

    def test_german_has_every_text_with_the_same_values(self) -> None:
        english, german = (flat(tomllib.loads((LANGUAGES / f"{name}.toml").read_text())) for name in ("en", "de"))
        sentences = {name for name in german if name.startswith("sentences.")}
        assert german.keys() - sentences == english.keys()
        for name, text in english.items():
            assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", german[name]), name

    async def test_pseudo_language_is_everywhere(
        self, cognito: FakeCognito, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        languages = tmp_path / "languages"
        languages.mkdir()
        english = flat(tomllib.loads((LANGUAGES / "en.toml").read_text()))
        (languages / "xx.toml").write_text("\n".join(f'{name} = "⟦{text}⟧"' for name, text in english.items()))
        seen: set[str] = set()
        pseudo = {"Accept-Language": "xx"}
        async for administrator in administrator_of(cognito, monkeypatch, pages_directory=tmp_path):
            for path in SHOWN:
                page = await administrator.get(path, params={"name": "ada"}, headers=pseudo)
                if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
                    seen.add(path)
                    assert left_in(page.text) == [], path
            for given, _ in CHALLENGES.values():
                cognito.answers("InitiateAuth", given)
                fields = {"email": EMAIL, "password": PASSWORD, "way": "password"}
                assert left_in((await send(administrator, "/account/sign-in", fields, **pseudo)).text) == []
        assert set(SHOWN) - seen - page_routes.POSTED == {"/account/signed-in"}

    async def test_language_is_chosen_and_kept(self, browser: httpx.AsyncClient, cognito: FakeCognito) -> None:
        for accepted, language in (("de-AT,en;q=0.5", "de"), ("fr", "en")):
            page = await browser.get("/account/sign-in", headers={"Accept-Language": accepted})
            assert f'<html lang="{language}">' in page.text
        await browser.get("/account/sign-in?lang=de")
        await send(browser, "/account/password/forgot", {"email": EMAIL})
        (call,) = [request for name, request in cognito.requests if name == "ForgotPassword"]
        assert call["ClientMetadata"]["locale"] == "de"


class TestOwnLook:
    async def test_templates_theme_and_logo_are_replaced(self, cognito: FakeCognito, tmp_path: Path) -> None:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "sign_in.html").write_text(
            '{% extends "default/sign_in.html" %}{% block footer %}<footer>Ledger Ltd</footer>{% endblock %}'
        )
        (tmp_path / "theme.css").write_text(":root { --accent: #663399; }")
        (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
        async with client_of(settings_for(cognito.url, pages="on", pages_directory=tmp_path)) as browser:
            page = await browser.get("/account/sign-in")
            assert "Ledger Ltd" in page.text
            assert 'name="password"' in page.text
            for name in ("theme.css", "logo.svg"):
                (address,) = re.findall(rf'"(/account/static/{name}\?v=[0-9a-f]+)"', page.text)
                file = await browser.get(address)
                assert file.status_code == 200
                assert "immutable" in file.headers["cache-control"]


class TestSettings:
    def test_pages_refuse_cookie_sessions_off(self) -> None:
        with pytest.raises(ConfigurationError, match="PAGES = on needs COOKIE_SESSIONS"):
            _ = settings_for("http://127.0.0.1:1", pages="on", cookie_sessions="off").has_cookie_sessions

    async def test_providers_without_hosted_pages_stop_the_start(self, cognito: FakeCognito) -> None:
        with pytest.raises(ConfigurationError, match="PAGES_PROVIDERS needs the hosted pages"):
            async with client_of(settings_for(cognito.url, pages="on", pages_providers="Google")):
                pass

    async def test_missing_directory_stops_the_start(self, cognito: FakeCognito) -> None:
        with pytest.raises(ConfigurationError, match="PAGES_DIRECTORY: '/nowhere' is not a directory"):
            async with client_of(settings_for(cognito.url, pages="on", pages_directory="/nowhere")):
                pass

    async def test_wrong_texts_stop_the_start(self, cognito: FakeCognito, tmp_path: Path) -> None:
        (tmp_path / "languages").mkdir()
        (tmp_path / "languages" / "fr.toml").write_text("not toml")
        with pytest.raises(ConfigurationError, match=r"fr\.toml.*is no file of texts"):
            async with client_of(settings_for(cognito.url, pages="on", pages_directory=tmp_path)):
                pass

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("templates/forgot.html", '{% extends "defualt/forgot.html" %}'),
            ("templates/forgot.html", "{% block main %}"),
            ("languages/fr.toml", '[sign-in]\nprovider = "Avec {fournisseur}"'),
            ("languages/fr.toml", '[sign-in]\ntitel = "Connexion"'),
            ("languages/fr.toml", '[challenge.SMS_MFA]\ntext = "Code } pour {destination}"'),
            ("languages/en.toml", '[sign-in]\ntitel = "Connect"'),
            ("languages/en.toml", '[challenge.SMS_MFA]\ntext = "For {target}"'),
        ],
    )
    async def test_file_that_cannot_be_used_stops_the_start(
        self, cognito: FakeCognito, tmp_path: Path, name: str, text: str
    ) -> None:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
        with pytest.raises(ConfigurationError, match=r"^PAGES_DIRECTORY: "):
            async with client_of(settings_for(cognito.url, pages="on", pages_directory=tmp_path)):
                pass

    async def test_pages_are_off_by_default(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/account/sign-in")).status_code == 404
        assert (await api.get("/")).status_code == 404


def left_in(page: str) -> list[str]:
    """Return the texts and labels of a page that are not of the pseudo language, apart from data and brands."""
    shown = re.sub(r'<nav aria-label="⟦Languages.*?</nav>|<title>.*?</title>', "", page, flags=re.DOTALL)
    texts = re.findall(r">\s*([^<>]*[A-Za-z]{3}[^<>]*?)\s*<", shown) + re.findall(r'aria-label="([^"]+)"', shown)
    plain = [re.sub(r"⟦[^⟦⟧]*⟧", "", text) for text in texts]
    return [text for text in plain if re.search(r"[A-Za-z]{3}", text) and not DATA.search(text)]


def flat(group: dict[str, Any], prefix: str = "") -> dict[str, str]:
    rows: dict[str, str] = {}
    for name, text in group.items():
        key = f"{prefix}{name}"
        rows |= flat(text, f"{key}.") if is_object(text) else {key: str(text)}
    return rows
