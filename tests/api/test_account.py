"""/me over HTTP: Cognito calls, visible attributes, and information that must not be disclosed."""

import time
from typing import Any

import httpx
import pytest

from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.tokens import KEY, SUB

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
        [("GetUser", ACCESS), ("UpdateUserAttributes", {**ACCESS, "UserAttributes": EMAIL}), ("GetUser", ACCESS)],
    ),
    ("DELETE", "/me", None, [("GetUser", ACCESS), ("DeleteUser", ACCESS)]),
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


class TestRouteContract:
    @pytest.mark.parametrize(("method", "path", "body", "expected"), CALLS)
    async def test_route_sends_expected_cognito_calls(
        self, api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, body: Any, expected: list[Any]
    ) -> None:
        response = await api.request(method, path, json=body, headers=BEARER)
        assert response.is_success, response.text
        assert cognito.requests == expected
        assert response.headers["cache-control"] == "no-store"

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
    async def test_sensitive_route_with_old_login_is_401(
        self, api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str, body: Any
    ) -> None:
        response = await api.request(method, path, json=body, headers=OLD)
        assert (response.status_code, problem_slug(response)) == (401, "login-too-old")
        assert 'error="insufficient_user_authentication"' in response.headers["www-authenticate"]
        assert cognito.requests == []
        assert (await api.get("/me", headers=OLD)).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/me/devices"),
            ("DELETE", "/me/devices/us-east-1_0123abcd"),
            ("GET", "/me/sessions"),
            ("DELETE", f"/me/sessions/{SESSION}"),
        ],
    )
    async def test_operation_unknown_to_cognito_is_409(
        self, api: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str
    ) -> None:
        for operation in ("ListDevices", "ForgetDevice", "ListUserSessions", "RevokeUserSession"):
            cognito.fails(operation, "UnknownOperationException")
        response = await api.request(method, path, headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")


class TestProfile:
    async def test_profile_omits_unlisted_attributes(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
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
    async def test_profile_update_invalid_field_is_422(
        self, api: httpx.AsyncClient, cognito: FakeCognito, body: dict[str, Any], pointer: str
    ) -> None:
        response = await api.patch("/me", json=body, headers=BEARER)
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
        assert cognito.requests == []

    async def test_profile_attributes_setting_limits_updates(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, profile_attributes="website,birthdate")) as api:
            changed = await api.patch("/me", json={"website": "https://ada.example"}, headers=BEARER)
            assert changed.status_code == 200
            assert (await api.patch("/me", json={"name": "Ada"}, headers=BEARER)).status_code == 422

    async def test_unwritable_attribute_is_server_misconfigured(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails(
            "UpdateUserAttributes", "NotAuthorizedException", "A client attempted to write unauthorized attribute"
        )
        response = await api.patch("/me", json={"name": "Ada"}, headers=BEARER)
        assert problem_slug(response) == "server-misconfigured"

    async def test_email_change_response_same_for_taken_address(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        free = await api.patch("/me", json={"email": "new@example.com"}, headers=BEARER)
        cognito.fails("UpdateUserAttributes", "AliasExistsException")
        taken = await api.patch("/me", json={"email": "new@example.com"}, headers=BEARER)
        assert free.json()["pending_email"] == "new@example.com"
        assert free.json()["email"] == "ada@example.com"
        assert (free.status_code, free.content) == (taken.status_code, taken.content)

    async def test_email_verify_taken_address_is_409(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("VerifyUserAttribute", "AliasExistsException")
        response = await api.post("/me/email/verify", json={"code": "123456"}, headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (409, "email-in-use")


class TestMfaAndPasskeys:
    async def test_totp_setup_returns_secret_uri_and_qr_code(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, app_name="Ada & Co")) as api:
            setup = (await api.post("/me/mfa/totp", headers=BEARER)).json()
        secret = SUCCESS["AssociateSoftwareToken"]["SecretCode"]
        assert setup["secret_code"] == secret
        label = "Ada%20%26%20Co"
        assert setup["otpauth_uri"] == f"otpauth://totp/{label}:ada%40example.com?secret={secret}&issuer={label}"
        assert setup["qr_code"].startswith("<svg")
        assert secret not in setup["qr_code"]

    @pytest.mark.parametrize("body", [{"totp": {"enabled": False, "preferred": True}}, {"totp": {}}, {"app": {}}])
    async def test_mfa_preference_invalid_body_is_422(self, api: httpx.AsyncClient, body: dict[str, Any]) -> None:
        assert (await api.put("/me/mfa", json=body, headers=BEARER)).status_code == 422

    async def test_passkey_list_follows_all_pages(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        page = SUCCESS["ListWebAuthnCredentials"]
        pages = iter([{**page, "NextToken": "more"}, {**page, "NextToken": "more"}, page])

        async def answer(_: Any, __: dict[str, Any]) -> Any:
            from aiohttp import web  # noqa: PLC0415

            return web.json_response(next(pages), content_type="application/x-amz-json-1.1")

        cognito.handles("ListWebAuthnCredentials", answer)
        assert len((await api.get("/me/passkeys", headers=BEARER)).json()) == 3
        assert [body.get("NextToken") for _, body in cognito.requests] == [None, "more", "more"]

    async def test_passkey_delete_unknown_is_404(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("DeleteWebAuthnCredential", "ResourceNotFoundException", "The passkey does not exist.")
        response = await api.delete("/me/passkeys/abc", headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (404, "not-found")

    async def test_passkeys_disabled_in_pool_keep_readiness(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("StartWebAuthnRegistration", "WebAuthnNotEnabledException")
        response = await api.post("/me/passkeys/options", headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")
        assert (await api.get("/readyz")).status_code == 200


class TestDeletionAndExport:
    async def test_delete_revokes_all_sessions(self, api: httpx.AsyncClient) -> None:
        other = {"Authorization": f"Bearer {KEY.token()}"}
        assert (await api.delete("/me", headers=BEARER)).status_code == 204
        assert (await api.get("/session", headers=other)).status_code == 401

    async def test_delete_internal_error_is_retried(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("DeleteUser", "InternalErrorException", status=500)
        await api.delete("/me", headers=BEARER)
        assert len(cognito.requests) > 1

    async def test_export_omits_features_the_pool_lacks(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("ListDevices", "InvalidUserPoolConfigurationException")
        cognito.fails("ListUserSessions", "UnknownOperationException")
        export = (await api.get("/me/export", headers=BEARER)).json()
        assert export.keys() == {"username", "attributes", "second_factors", "groups", "passkeys"}
        assert export["attributes"]["email"] == "ada@example.com"

    async def test_export_upstream_failure_is_502_or_503(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("ListDevices", "InternalErrorException", status=500)
        assert (await api.get("/me/export", headers=BEARER)).status_code == 503
        cognito.answers("ListDevices", b"<html>", 200, "text/html")
        assert (await api.get("/me/export", headers=BEARER)).status_code == 502
