"""Notices by mail: each change of an account, and sign-ins from new devices; SES is played by a server."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from api.cli.iam import policy
from api.notices.ses import SesSender
from tests.conftest import client_of, settings_for
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LOGIN = {"email": EMAIL, "password": PASSWORD}
BEARER = {"Authorization": f"Bearer {KEY.token()}"}
HOME, ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "198.51.100.1"}
Mails = list[dict[str, Any]]


@pytest.fixture
async def mails(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Mails]:
    sent: Mails = []

    async def send(request: web.Request) -> web.Response:
        assert "Credential=access-key/" in request.headers["Authorization"]
        sent.append(await request.json())
        return web.json_response({"MessageId": "1"})

    app = web.Application()
    app.router.add_post("/v2/email/outbound-emails", send)
    async with TestServer(app) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", str(server.make_url("")))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
        yield sent


def settings(cognito: FakeCognito, **more: Any) -> Any:
    options = {"notices_from": "Shop <no-reply@shop.example>", "app_name": "Shop", "trusted_proxies": "127.0.0.1"}
    return settings_for(cognito.url, cookie_sessions="on", **options, **more)


@pytest.fixture
async def api(cognito: FakeCognito, mails: Mails) -> AsyncGenerator[httpx.AsyncClient]:
    del mails
    async with client_of(settings(cognito)) as client:
        client.base_url = httpx.URL("https://api.test")
        yield client


def subjects(mails: Mails) -> list[str]:
    return [mail["Content"]["Simple"]["Subject"]["Data"] for mail in mails]


CHANGES: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("POST", "/password/change", {"old_password": PASSWORD, "new_password": "Another-Horse-9"}, "password was changed"),
    (
        "POST",
        "/password/reset",
        {"email": EMAIL, "code": "123456", "new_password": "Another-Horse-9"},
        "password was changed",
    ),
    ("POST", "/me/email/verify", {"code": "123456"}, "e-mail address of your Shop account was changed"),
    ("POST", "/me/mfa/totp/verify", {"code": "123456"}, "sign-in methods of your Shop account were changed"),
    ("PUT", "/me/mfa", {"totp": {"enabled": True}}, "sign-in methods of your Shop account were changed"),
    ("POST", "/me/passkeys", {"credential": {"id": "x"}}, "sign-in methods of your Shop account were changed"),
    ("DELETE", "/me/passkeys/abc", None, "sign-in methods of your Shop account were changed"),
]


@pytest.mark.parametrize(("method", "path", "body", "subject"), CHANGES)
async def test_change_is_told_to_the_user(
    api: httpx.AsyncClient, mails: Mails, method: str, path: str, body: dict[str, Any] | None, subject: str
) -> None:
    response = await api.request(method, path, json=body, headers={**BEARER, **HOME})
    assert response.is_success, response.text
    (mail,) = mails
    assert subject in mail["Content"]["Simple"]["Subject"]["Data"]
    assert mail["FromEmailAddress"] == "Shop <no-reply@shop.example>"
    assert mail["Destination"] == {"ToAddresses": [EMAIL]}
    text = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "UTC" in text
    assert "$" not in text


@pytest.mark.parametrize(("method", "path", "body", "subject"), CHANGES)
async def test_failed_change_sends_nothing(
    api: httpx.AsyncClient,
    cognito: FakeCognito,
    mails: Mails,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    subject: str,
) -> None:
    del subject
    for operation in (
        "ChangePassword",
        "ConfirmForgotPassword",
        "VerifyUserAttribute",
        "SetUserMFAPreference",
        "VerifySoftwareToken",
        "CompleteWebAuthnRegistration",
        "DeleteWebAuthnCredential",
    ):
        cognito.fails(operation, "InvalidParameterException")
    assert (await api.request(method, path, json=body, headers={**BEARER, **HOME})).is_error
    assert mails == []


async def refuse(*_: object) -> None:
    raise OSError


class TestNewDevice:
    async def test_first_sign_in_is_not_new(self, api: httpx.AsyncClient, mails: Mails) -> None:
        for _ in range(3):
            await api.post("/login", json=LOGIN, headers=HOME)
        assert mails == []

    async def test_new_network_is_told(self, api: httpx.AsyncClient, mails: Mails) -> None:
        await api.post("/login", json=LOGIN, headers=HOME)
        for _ in range(2):
            await api.post("/login", json=LOGIN, headers=ELSEWHERE)
        assert subjects(mails) == ["New sign-in to your Shop account"]
        assert "198.51.100.1" in mails[0]["Content"]["Simple"]["Body"]["Text"]["Data"]

    async def test_mapped_addresses_are_networks_of_ipv4(self, api: httpx.AsyncClient, mails: Mails) -> None:
        for client in ("::ffff:203.0.113.9", "203.0.113.10", "::ffff:198.51.100.1"):
            await api.post("/login", json=LOGIN, headers={"X-Forwarded-For": client})
        assert len(mails) == 1

    async def test_network_is_new_until_the_mail_is_sent(
        self, cognito: FakeCognito, mails: Mails, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with client_of(settings(cognito)) as api:
            await api.post("/login", json=LOGIN, headers=HOME)
            with monkeypatch.context() as patch:
                patch.setattr(SesSender, "send", refuse)
                await api.post("/login", json=LOGIN, headers=ELSEWHERE)
            await api.post("/login", json=LOGIN, headers=ELSEWHERE)
        assert len(mails) == 1

    async def test_neighbours_of_a_network_are_known(self, api: httpx.AsyncClient, mails: Mails) -> None:
        for client in ("203.0.113.9", "203.0.113.77", "2001:db8:0:1::1", "2001:db8:0:2::1"):
            await api.post("/login", json=LOGIN, headers={"X-Forwarded-For": client})
        # The IPv6 network is new once.
        assert len(mails) == 1

    async def test_browser_without_the_device_cookie_is_told(self, api: httpx.AsyncClient, mails: Mails) -> None:
        headers = {"X-Session": "cookie", **HOME}
        await api.post("/login", json=LOGIN, headers=headers)
        assert "__Host-device" in api.cookies
        await api.post("/login", json=LOGIN, headers=headers)
        assert mails == []
        for _ in range(5):
            api.cookies.clear()
            await api.post("/login", json=LOGIN, headers=headers)
        # One mail an hour, however often.
        assert subjects(mails) == ["New sign-in to your Shop account"]

    async def test_challenge_is_no_sign_in(self, api: httpx.AsyncClient, cognito: FakeCognito, mails: Mails) -> None:
        await api.post("/login", json=LOGIN, headers=HOME)
        cognito.answers("InitiateAuth", {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {}})
        step = (await api.post("/login", json=LOGIN, headers=ELSEWHERE)).json()
        assert mails == []
        cognito.answers("RespondToAuthChallenge", {"AuthenticationResult": TOKENS})
        body = {"challenge": "SMS_MFA", "session": step["session"], "code": "123456"}
        await api.post("/login/challenge", json=body, headers=ELSEWHERE)
        assert len(mails) == 1

    async def test_wrong_password_is_no_sign_in(
        self, api: httpx.AsyncClient, cognito: FakeCognito, mails: Mails
    ) -> None:
        await api.post("/login", json=LOGIN, headers=HOME)
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        await api.post("/login", json=LOGIN, headers=ELSEWHERE)
        assert mails == []


async def test_mail_that_cannot_be_sent_fails_nothing(
    cognito: FakeCognito, mails: Mails, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:9")
    async with client_of(settings(cognito)) as api:
        body = {"old_password": PASSWORD, "new_password": "Another-Horse-9"}
        assert (await api.post("/password/change", json=body, headers=BEARER)).status_code == 204
    assert mails == []
    log = capsys.readouterr().err
    assert "a notice was not sent: password_change" in log
    assert EMAIL not in log


async def test_notices_off_makes_no_further_call(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url)) as api:
        body = {"old_password": PASSWORD, "new_password": "Another-Horse-9"}
        await api.post("/password/change", json=body, headers=BEARER)
    assert cognito.operations() == ["ChangePassword", "GlobalSignOut"]


async def test_policy_allows_the_sender_only(cognito: FakeCognito) -> None:
    (statement,) = policy(settings(cognito))["Statement"]
    assert statement["Action"] == "ses:SendEmail"
    assert statement["Resource"] == [
        "arn:aws:ses:us-east-1:*:identity/shop.example",
        "arn:aws:ses:us-east-1:*:identity/*@shop.example",
    ]
