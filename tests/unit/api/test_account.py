"""/me over HTTP: what is asked of Cognito, what is shown, and what is not told."""

import time
from typing import Any

import httpx
import pytest

from tests.conftest import client_of, settings_for
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.tokens import KEY, SUB
from tests.support.walk import slug

pytestmark = pytest.mark.anyio

TOKEN = KEY.token()
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OLD = {"Authorization": f"Bearer {KEY.token(auth_time=int(time.time()) - 3700)}"}
SESSION = "tkn" + "a" * 25
ACCESS = {"AccessToken": TOKEN}
EMAIL = [{"Name": "email", "Value": "new@example.com"}]
CALLS: list[tuple[str, str, Any, list[tuple[str, dict[str, Any]]]]] = [
    ("GET", "/me", None, [("GetUser", ACCESS)]),
    (
        "PATCH",
        "/me",
        {"given_name": "Ada", "locale": None},
        [
            (
                "UpdateUserAttributes",
                {
                    **ACCESS,
                    "UserAttributes": [{"Name": "given_name", "Value": "Ada"}, {"Name": "locale", "Value": ""}],
                },
            ),
            ("GetUser", ACCESS),
        ],
    ),
    (
        "PATCH",
        "/me",
        {"email": "New@Example.com"},
        [("UpdateUserAttributes", {**ACCESS, "UserAttributes": EMAIL}), ("GetUser", ACCESS)],
    ),
    ("DELETE", "/me", None, [("DeleteUser", ACCESS)]),
    (
        "POST",
        "/me/email/verify",
        {"code": "123456"},
        [("VerifyUserAttribute", {**ACCESS, "AttributeName": "email", "Code": "123456"})],
    ),
    (
        "POST",
        "/me/email/resend",
        None,
        [("GetUserAttributeVerificationCode", {**ACCESS, "AttributeName": "email"})],
    ),
    (
        "POST",
        "/me/mfa/totp/verify",
        {"code": "123456"},
        [("VerifySoftwareToken", {**ACCESS, "UserCode": "123456"})],
    ),
    (
        "PUT",
        "/me/mfa",
        {"totp": {"enabled": True, "preferred": True}, "sms": {"enabled": False}},
        [
            (
                "SetUserMFAPreference",
                {
                    **ACCESS,
                    "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
                    "SMSMfaSettings": {"Enabled": False, "PreferredMfa": False},
                },
            )
        ],
    ),
    ("POST", "/me/passkeys/options", None, [("StartWebAuthnRegistration", ACCESS)]),
    (
        "POST",
        "/me/passkeys",
        {"credential": {"id": "x"}},
        [("CompleteWebAuthnRegistration", {**ACCESS, "Credential": {"id": "x"}})],
    ),
    ("GET", "/me/passkeys", None, [("ListWebAuthnCredentials", ACCESS)]),
    ("DELETE", "/me/passkeys/abc", None, [("DeleteWebAuthnCredential", {**ACCESS, "CredentialId": "abc"})]),
    ("GET", "/me/devices", None, [("ListDevices", ACCESS)]),
    (
        "DELETE",
        "/me/devices/us-east-1_0123abcd",
        None,
        [("ForgetDevice", {**ACCESS, "DeviceKey": "us-east-1_0123abcd"})],
    ),
    ("GET", "/me/sessions", None, [("ListUserSessions", ACCESS)]),
    ("DELETE", f"/me/sessions/{SESSION}", None, [("RevokeUserSession", {**ACCESS, "SessionId": SESSION})]),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), CALLS)
async def test_each_route_asks_cognito_for_what_it_is(
    api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, body: Any, expected: list[Any]
) -> None:
    response = await api.request(method, path, json=body, headers=BEARER)
    assert response.is_success, response.text
    assert cognito.requests == expected
    assert response.headers["cache-control"] == "no-store"


async def test_the_profile_shows_what_is_open_and_nothing_else(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    rows = [*SUCCESS["GetUser"]["UserAttributes"], {"Name": "custom:internal_score", "Value": "7"}]
    cognito.answers("GetUser", {**SUCCESS["GetUser"], "UserAttributes": rows})
    assert (await api.get("/me", headers=BEARER)).json() == {
        "sub": SUB,
        "email": "ada@example.com",
        "email_verified": True,
        "attributes": {"given_name": "Ada"},
        "second_factors": {"enabled": ["SOFTWARE_TOKEN_MFA"], "preferred": "SOFTWARE_TOKEN_MFA"},
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"picture": "https://example.com/a.png"}, "/picture"),
        ({"locale": "not a locale"}, "/locale"),
        ({"zoneinfo": "Moon/Base"}, "/zoneinfo"),
        ({"birthdate": "1815-13-10"}, "/birthdate"),
        ({"picture": "javascript:alert(1)"}, "/picture"),
        ({"name": "a\x00b"}, "/name"),
        ({"email": None}, ""),
        ({"email_verified": "true"}, "/email_verified"),
        ({"custom:plan": "gold"}, ""),
        ({"sub": "x"}, "/sub"),
    ],
)
async def test_what_is_not_open_cannot_be_changed(
    api: httpx.AsyncClient, cognito: FakeCognito, body: dict[str, Any], pointer: str
) -> None:
    response = await api.patch("/me", json=body, headers=BEARER)
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert cognito.requests == []


async def test_an_attribute_can_be_opened(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, profile_attributes="website,birthdate")) as api:
        changed = await api.patch("/me", json={"website": "https://ada.example"}, headers=BEARER)
        assert changed.status_code == 200
        assert (await api.patch("/me", json={"name": "Ada"}, headers=BEARER)).status_code == 422


async def test_a_new_address_is_pending_whether_it_is_taken_or_not(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    free = await api.patch("/me", json={"email": "new@example.com"}, headers=BEARER)
    cognito.fails("UpdateUserAttributes", "AliasExistsException")
    taken = await api.patch("/me", json={"email": "new@example.com"}, headers=BEARER)
    assert free.json()["pending_email"] == "new@example.com"
    assert free.json()["email"] == "ada@example.com"
    assert (free.status_code, free.content) == (taken.status_code, taken.content)


async def test_a_taken_address_is_told_to_who_has_the_code(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("VerifyUserAttribute", "AliasExistsException")
    response = await api.post("/me/email/verify", json={"code": "123456"}, headers=BEARER)
    assert (response.status_code, slug(response)) == (409, "email-in-use")


async def test_an_attribute_that_the_client_may_not_write_is_our_fault(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.fails(
        "UpdateUserAttributes", "NotAuthorizedException", "A client attempted to write unauthorized attribute"
    )
    response = await api.patch("/me", json={"name": "Ada"}, headers=BEARER)
    assert slug(response) == "server-misconfigured"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/me", None),
        ("GET", "/me/export", None),
        ("PATCH", "/me", {"email": "new@example.com"}),
        ("POST", "/me/mfa/totp", None),
        ("POST", "/me/mfa/totp/verify", {"code": "123456"}),
        ("PUT", "/me/mfa", {}),
        ("POST", "/me/passkeys/options", None),
        ("POST", "/me/passkeys", {"credential": {}}),
        ("DELETE", "/me/passkeys/abc", None),
    ],
)
async def test_what_a_thief_would_do_needs_a_recent_login(
    api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, body: Any
) -> None:
    response = await api.request(method, path, json=body, headers=OLD)
    assert (response.status_code, slug(response)) == (401, "login-too-old")
    assert 'error="insufficient_user_authentication"' in response.headers["www-authenticate"]
    assert cognito.requests == []
    assert (await api.get("/me", headers=OLD)).status_code == 200


async def test_a_deleted_account_has_no_sessions(api: httpx.AsyncClient) -> None:
    other = {"Authorization": f"Bearer {KEY.token()}"}
    assert (await api.delete("/me", headers=BEARER)).status_code == 204
    assert (await api.get("/session", headers=other)).status_code == 401


async def test_an_account_that_a_lost_answer_deleted_is_deleted(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("DeleteUser", "InternalErrorException", status=500)
    await api.delete("/me", headers=BEARER)
    assert len(cognito.requests) > 1


async def test_an_authenticator_app_gets_secret_uri_and_qr_code(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, app_name="Ada & Co")) as api:
        setup = (await api.post("/me/mfa/totp", headers=BEARER)).json()
    secret = SUCCESS["AssociateSoftwareToken"]["SecretCode"]
    assert setup["secret_code"] == secret
    label = "Ada%20%26%20Co"
    assert setup["otpauth_uri"] == f"otpauth://totp/{label}:ada%40example.com?secret={secret}&issuer={label}"
    assert setup["qr_code"].startswith("<svg")
    assert secret not in setup["qr_code"]


@pytest.mark.parametrize("body", [{"totp": {"enabled": False, "preferred": True}}, {"totp": {}}, {"app": {}}])
async def test_a_preference_that_makes_no_sense_is_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await api.put("/me/mfa", json=body, headers=BEARER)).status_code == 422


async def test_passkeys_of_several_pages_are_one_list(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    page = SUCCESS["ListWebAuthnCredentials"]
    pages = iter([{**page, "NextToken": "more"}, {**page, "NextToken": "more"}, page])

    async def answer(_: Any, __: dict[str, Any]) -> Any:
        from aiohttp import web  # noqa: PLC0415

        return web.json_response(next(pages), content_type="application/x-amz-json-1.1")

    cognito.handles("ListWebAuthnCredentials", answer)
    assert len((await api.get("/me/passkeys", headers=BEARER)).json()) == 3
    assert [body.get("NextToken") for _, body in cognito.requests] == [None, "more", "more"]


async def test_a_passkey_that_is_not_there_is_404(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("DeleteWebAuthnCredential", "ResourceNotFoundException", "The passkey does not exist.")
    response = await api.delete("/me/passkeys/abc", headers=BEARER)
    assert (response.status_code, slug(response)) == (404, "not-found")


async def test_what_the_pool_does_not_offer_leaves_the_service_ready(
    api: httpx.AsyncClient, cognito: FakeCognito
) -> None:
    cognito.fails("StartWebAuthnRegistration", "WebAuthnNotEnabledException")
    response = await api.post("/me/passkeys/options", headers=BEARER)
    assert (response.status_code, slug(response)) == (500, "server-misconfigured")
    assert (await api.get("/readyz")).status_code == 200


async def test_an_export_leaves_out_what_the_pool_does_not_offer(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ListDevices", "InvalidUserPoolConfigurationException")
    cognito.fails("ListUserSessions", "UnknownOperationException")
    export = (await api.get("/me/export", headers=BEARER)).json()
    assert export.keys() == {"username", "attributes", "second_factors", "groups", "passkeys"}
    assert export["attributes"]["email"] == "ada@example.com"


async def test_an_export_without_an_answer_is_no_export(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    cognito.fails("ListDevices", "InternalErrorException", status=500)
    assert (await api.get("/me/export", headers=BEARER)).status_code == 503
    cognito.answers("ListDevices", b"<html>", 200, "text/html")
    assert (await api.get("/me/export", headers=BEARER)).status_code == 502


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me/devices"),
        ("DELETE", "/me/devices/us-east-1_0123abcd"),
        ("GET", "/me/sessions"),
        ("DELETE", f"/me/sessions/{SESSION}"),
    ],
)
async def test_an_operation_that_cognito_does_not_have_here_is_named_so(
    api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str
) -> None:
    for operation in ("ListDevices", "ForgetDevice", "ListUserSessions", "RevokeUserSession"):
        cognito.fails(operation, "UnknownOperationException")
    response = await api.request(method, path, headers=BEARER)
    assert (response.status_code, slug(response)) == (501, "feature-not-enabled")
