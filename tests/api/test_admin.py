"""Administration over HTTP: authorization, Cognito calls, revocation, and the IAM policy."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from api.admin.operations import OPERATIONS
from api.cli.iam import policy
from api.cognito.wire import VOID
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import OTHER_SUB, SUCCESS, FakeCognito
from tests.support.routes import Route, routes
from tests.support.servers import ROOT, environment
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

GROUPS = {"cognito:groups": ["readers", "admins"]}
BEARER = {"Authorization": f"Bearer {KEY.token(**GROUPS)}"}
ROUTES = {name: route for name, route in routes("a.b.c").items() if route.path.startswith("/admin")}
USER = f"/admin/users/{OTHER_SUB}"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")


@pytest.fixture
async def admin(cognito: FakeCognito, credentials: None) -> AsyncGenerator[httpx.AsyncClient]:
    del credentials
    async with client_of(settings_for(cognito.url, admin_group="admins")) as client:
        client.headers.update(BEARER)
        yield client


async def send_request(client: httpx.AsyncClient, route: Route) -> httpx.Response:
    return await client.request(route.method, route.url, json=route.body)


class TestAccess:
    @pytest.mark.parametrize("name", ROUTES)
    async def test_route_without_admin_group_claim_is_403(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        for claims in ({}, {"cognito:groups": ["readers"]}, {"cognito:groups": ["Admins", "admins "]}):
            admin.headers["Authorization"] = f"Bearer {KEY.token(**claims)}"
            response = await send_request(admin, ROUTES[name])
            assert (response.status_code, problem_slug(response)) == (403, "insufficient-scope")
        assert cognito.requests == []

    @pytest.mark.parametrize("name", ROUTES)
    async def test_route_without_admin_group_setting_is_409(
        self, api: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        api.headers.update(BEARER)
        response = await send_request(api, ROUTES[name])
        assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")
        assert "ADMIN_GROUP" in response.json()["detail"]
        del api.headers["Authorization"]
        assert (await send_request(api, ROUTES[name])).status_code == 401
        assert cognito.requests == []

    async def test_missing_aws_credentials_is_501(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        async with client_of(settings_for(cognito.url, admin_group="admins")) as client:
            response = await client.get("/admin/users", headers=BEARER)
            assert (response.status_code, problem_slug(response)) == (501, "feature-not-enabled")
            assert "AWS credentials" in response.json()["detail"]
            assert (await client.get("/readyz")).status_code == 200
        assert cognito.requests == []

    async def test_unknown_aws_profile_is_501(self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        async with client_of(settings_for(cognito.url, admin_group="admins")) as client:
            response = await client.get("/admin/users", headers=BEARER)
        assert (response.status_code, problem_slug(response)) == (501, "feature-not-enabled")

    @pytest.mark.parametrize("code", ["AccessDeniedException", "NotAuthorizedException", "UnrecognizedClientException"])
    async def test_rejected_aws_credentials_keep_readiness(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        cognito.fails("ListUsers", code)
        assert (await admin.get("/admin/users")).status_code in {500, 501}
        assert (await admin.get("/readyz")).status_code == 200


class TestRecentSignIn:
    @pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.method != "GET"])
    async def test_change_needs_a_recent_sign_in(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        admin.headers["Authorization"] = f"Bearer {KEY.token(auth_time=int(time.time()) - 7200, **GROUPS)}"
        response = await send_request(admin, ROUTES[name])
        assert (response.status_code, problem_slug(response)) == (401, "login-too-old")
        assert cognito.requests == []

    @pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.method == "GET"])
    async def test_reading_needs_none(self, admin: httpx.AsyncClient, name: str) -> None:
        admin.headers["Authorization"] = f"Bearer {KEY.token(auth_time=int(time.time()) - 7200, **GROUPS)}"
        assert (await send_request(admin, ROUTES[name])).status_code == 200

    @pytest.mark.parametrize(("groups", "status"), [(GROUPS, 401), ({}, 200)])
    async def test_new_second_factor_ends_sessions_of_administrators(
        self, admin: httpx.AsyncClient, groups: dict[str, Any], status: int
    ) -> None:
        admin.headers["Authorization"] = f"Bearer {KEY.token(**groups)}"
        assert (await admin.put("/me/mfa", json={"totp": {"enabled": False}})).status_code == 204
        assert (await admin.get("/session")).status_code == 200
        assert (await admin.put("/me/mfa", json={"totp": {"enabled": True}})).status_code == 204
        assert (await admin.get("/session")).status_code == status

    @pytest.mark.parametrize(("group", "status"), [("admins", 401), ("support", 200)])
    async def test_new_administrator_must_sign_in_again(
        self, admin: httpx.AsyncClient, group: str, status: int
    ) -> None:
        theirs = {"Authorization": f"Bearer {KEY.token(sub=OTHER_SUB)}"}
        assert (await admin.put(f"{USER}/groups/{group}")).status_code == 204
        assert (await admin.get("/session", headers=theirs)).status_code == status


def member(sub: str, *, enabled: bool = True, status: str = "CONFIRMED") -> dict[str, Any]:
    return {"Username": sub, "Enabled": enabled, "UserStatus": status, "Attributes": [{"Name": "sub", "Value": sub}]}


class TestLastAdministrator:
    @pytest.mark.parametrize(
        "others", [[], [member(OTHER_SUB, enabled=False)], [member(OTHER_SUB, status="FORCE_CHANGE_PASSWORD")]]
    )
    async def test_last_administrator_cannot_be_deleted(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, others: list[dict[str, Any]]
    ) -> None:
        cognito.answers("ListUsersInGroup", {"Users": [member(SUB), *others]})
        response = await admin.delete("/me")
        assert (response.status_code, problem_slug(response)) == (409, "conflict")
        assert "DeleteUser" not in cognito.operations()

    async def test_administrator_on_a_later_page_is_found(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        async def members(_: Any, body: dict[str, Any]) -> web.StreamResponse:
            page: dict[str, Any] = (
                {"Users": [member(OTHER_SUB)]} if "NextToken" in body else {"Users": [], "NextToken": "more"}
            )
            return web.json_response(page, content_type="application/x-amz-json-1.1")

        cognito.handles("ListUsersInGroup", members)
        assert (await admin.delete("/me")).status_code == 204

    async def test_other_users_are_not_counted(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        admin.headers["Authorization"] = f"Bearer {KEY.token()}"
        assert (await admin.delete("/me")).status_code == 204
        assert "ListUsersInGroup" not in cognito.operations()


class TestUserManagement:
    async def test_user_list_forwards_search_and_cursor(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        page = (await admin.get("/admin/users", params={"search": "grace@", "limit": 5, "cursor": "from-here"})).json()
        assert page["cursor"] == "more"
        assert page["users"] == [
            {
                "username": OTHER_SUB,
                "email": "grace@example.com",
                "email_verified": True,
                "status": "CONFIRMED",
                "enabled": True,
                "created_at": 1767225600,
                "attributes": {"sub": OTHER_SUB, "custom:plan": "gold"},
            }
        ]
        (_, request) = cognito.requests[0]
        assert request["Filter"] == 'email ^= "grace@"'
        assert (request["Limit"], request["PaginationToken"]) == (5, "from-here")

    @pytest.mark.parametrize(
        "query",
        [{"search": ""}, {"search": "\x00"}, {"search": "a" * 129}, {"limit": "0"}, {"limit": "61"}, {"cursor": "a b"}],
    )
    async def test_user_list_invalid_query_is_422(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, query: dict[str, str]
    ) -> None:
        response = await admin.get("/admin/users", params=query)
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert cognito.requests == []

    @pytest.mark.parametrize("enabled", [[], ["SMS_MFA"], ["EMAIL_OTP", "SOFTWARE_TOKEN_MFA"]])
    async def test_mfa_reset_disables_every_factor(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, enabled: list[str]
    ) -> None:
        cognito.answers("AdminGetUser", {"Username": OTHER_SUB, "UserMFASettingList": enabled, "UserAttributes": []})
        assert (await admin.delete(f"{USER}/mfa")).status_code == 204
        names = {"SMS_MFA": "SMSMfaSettings", "EMAIL_OTP": "EmailMfaSettings"}
        sent = next(request for operation, request in cognito.requests if operation == "AdminSetUserMFAPreference")
        wanted = {names[name] for name in enabled if name in names} | {"SoftwareTokenMfaSettings"}
        assert sent.keys() - {"UserPoolId", "Username"} == wanted
        assert all(sent[name] == {"Enabled": False, "PreferredMfa": False} for name in wanted)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/disable"),
            ("DELETE", ""),
            ("DELETE", "/groups/admins"),
            ("DELETE", "/groups/support"),
            ("PUT", "/groups/support"),
            ("DELETE", "/mfa"),
            ("PATCH", ""),
        ],
    )
    async def test_change_of_own_access_is_409(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, method: str, path: str
    ) -> None:
        attributes = [{"Name": "sub", "Value": SUB}]
        cognito.answers("AdminGetUser", {"Username": SUB, "UserAttributes": attributes})
        # By e-mail address as well as by sub.
        for username in (SUB, "ada@example.com"):
            body = {"email": "other@example.com"} if method == "PATCH" else None
            response = await admin.request(method, f"/admin/users/{username}{path}", json=body)
            assert (response.status_code, problem_slug(response)) == (409, "conflict")
        assert set(cognito.operations()) == {"AdminGetUser"}

    async def test_admin_group_deletion_is_409(self, admin: httpx.AsyncClient, cognito: FakeCognito) -> None:
        response = await admin.delete("/admin/groups/admins")
        assert (response.status_code, problem_slug(response)) == (409, "conflict")
        assert cognito.requests == []


class TestTokenRevocation:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", f"{USER}/disable"),
            ("DELETE", USER),
            ("POST", f"{USER}/reset-password"),
            ("POST", f"{USER}/sign-out"),
            ("DELETE", f"{USER}/mfa"),
            ("DELETE", f"{USER}/groups/support"),
        ],
    )
    async def test_action_revokes_target_user_tokens(self, admin: httpx.AsyncClient, method: str, path: str) -> None:
        theirs = {"Authorization": f"Bearer {KEY.token(sub=OTHER_SUB)}"}
        assert (await admin.get("/session", headers=theirs)).status_code == 200
        assert (await admin.request(method, path)).status_code == 204
        assert (await admin.get("/session", headers=theirs)).status_code == 401
        assert (await admin.get("/session")).status_code == 200

    async def test_email_change_needs_email_field_and_revokes(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        for name in ("email", "email_verified", "sub"):
            response = await admin.patch(USER, json={"attributes": {name: "x"}})
            assert problem_slug(response) == "validation-failed"
            assert response.json()["errors"][0]["pointer"] == f"/attributes/{name}"
        assert cognito.requests == []
        theirs = {"Authorization": f"Bearer {KEY.token(sub=OTHER_SUB)}"}
        changed = await admin.patch(USER, json={"email": "New@Example.com"})
        assert changed.status_code == 200
        (update,) = [request for operation, request in cognito.requests if operation == "AdminUpdateUserAttributes"]
        assert {"Name": "email", "Value": "new@example.com"} in update["UserAttributes"]
        assert (await admin.get("/session", headers=theirs)).status_code == 401

    async def test_email_change_by_old_address_revokes_tokens(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        """After the update, no user has the old address."""
        old = "grace@example.com"
        theirs = {"Authorization": f"Bearer {KEY.token(sub=OTHER_SUB)}"}

        async def get_user(_: Any, body: Any) -> web.StreamResponse:
            updated = "AdminUpdateUserAttributes" in cognito.operations()
            if body["Username"] == old and updated:
                text = json.dumps({"__type": "UserNotFoundException", "message": ""})
                return web.Response(text=text, status=400, content_type="application/x-amz-json-1.1")
            return web.json_response(SUCCESS["AdminGetUser"], content_type="application/x-amz-json-1.1")

        cognito.handles("AdminGetUser", get_user)
        assert (await admin.patch(f"/admin/users/{old}", json={"email": "new@example.com"})).status_code == 200
        assert (await admin.get("/session", headers=theirs)).status_code == 401

    async def test_failed_delete_revokes_tokens_without_retry(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("AdminDeleteUser", "InternalErrorException", status=500)
        theirs = {"Authorization": f"Bearer {KEY.token(sub=OTHER_SUB)}"}
        assert (await admin.delete(USER)).status_code == 503
        assert (await admin.get("/session", headers=theirs)).status_code == 401
        # No retry: its result would not show whether the first attempt succeeded.
        assert cognito.operations().count("AdminDeleteUser") == 1

    async def test_password_reset_with_mfa_signs_out_globally(
        self, admin: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        challenge = {
            "ChallengeName": "SMS_MFA",
            "Session": "s" * 20,
            "ChallengeParameters": {"USER_ID_FOR_SRP": OTHER_SUB},
        }
        cognito.answers("InitiateAuth", challenge)
        body = {"email": "grace@example.com", "code": "123456", "new_password": "Another-Horse-9"}
        assert (await admin.post("/password/reset", json=body)).status_code == 204
        assert cognito.requests[-1][0] == "AdminUserGlobalSignOut"
        assert cognito.requests[-1][1]["Username"] == OTHER_SUB


class TestUpstreamFailures:
    @pytest.mark.parametrize(
        ("operation", "code", "method", "path", "status", "expected"),
        [
            ("AdminGetUser", "UserNotFoundException", "GET", USER, 404, "not-found"),
            ("AdminCreateUser", "UsernameExistsException", "POST", "/admin/users", 409, "email-in-use"),
            ("AdminConfirmSignUp", "NotAuthorizedException", "POST", f"{USER}/confirm", 409, "conflict"),
            ("AdminAddUserToGroup", "ResourceNotFoundException", "PUT", f"{USER}/groups/support", 404, "not-found"),
            ("CreateGroup", "GroupExistsException", "POST", "/admin/groups", 409, "conflict"),
            ("ListUsers", "AccessDeniedException", "GET", "/admin/users", 500, "server-misconfigured"),
            ("ListUsers", "TooManyRequestsException", "GET", "/admin/users", 429, "rate-limited"),
            ("ListUsers", "InternalErrorException", "GET", "/admin/users", 503, "upstream-unavailable"),
        ],
    )
    async def test_cognito_error_maps_to_problem(
        self,
        admin: httpx.AsyncClient,
        cognito: FakeCognito,
        operation: str,
        code: str,
        method: str,
        path: str,
        status: int,
        expected: str,
    ) -> None:
        cognito.fails(operation, code, "arn:aws:upstream-canary", 500 if code == "InternalErrorException" else 400)
        bodies: dict[str, Any] = {"/admin/users": {"email": "grace@example.com"}, "/admin/groups": {"name": "support"}}
        response = await admin.request(method, path, json=bodies.get(path) if method == "POST" else None)
        assert (response.status_code, problem_slug(response)) == (status, expected)
        assert "canary" not in response.text

    @pytest.mark.parametrize("name", ROUTES)
    @pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b'{"Users": [', b""])
    async def test_non_object_response_is_502(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str, body: bytes
    ) -> None:
        for operation in ROUTES[name].operations:
            cognito.answers(operation, body)
        response = await send_request(admin, ROUTES[name])
        if not body and VOID.issuperset(ROUTES[name].operations):
            assert response.status_code == 204
            return
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    @pytest.mark.parametrize("length", ["2", ""])
    async def test_truncated_empty_response_is_502(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, length: str
    ) -> None:
        async def cut_off(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            assert request.transport
            header = f"Content-Length: {length}\r\n" if length else ""
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n{header}Connection: close\r\n\r\n"
            request.transport.write(head.encode())
            request.transport.close()
            return web.Response()

        cognito.handles("AdminDeleteUser", cut_off)
        response = await admin.delete(USER)
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    @pytest.mark.parametrize(
        ("answer", "status"),
        [({"__type": "X"}, 200), ({}, 201), ({"padding": "x" * 2**20}, 200)],
        ids="tcb",
    )
    async def test_unexpected_success_response_is_502(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, answer: dict[str, Any], status: int
    ) -> None:
        cognito.answers("AdminEnableUser", answer, status)
        response = await admin.post(f"{USER}/enable")
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    @pytest.mark.parametrize("name", ROUTES)
    async def test_html_response_is_502(self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str) -> None:
        for operation in ROUTES[name].operations:
            cognito.answers(operation, b"<html>", 200, "text/html")
        response = await send_request(admin, ROUTES[name])
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    async def test_upstream_timeout_is_504(self, cognito: FakeCognito, credentials: None) -> None:
        del credentials

        async def hang(_: Any, __: Any) -> Any:
            await asyncio.sleep(3)

        cognito.handles("ListUsers", hang)
        async with client_of(settings_for(cognito.url, admin_group="admins", upstream_deadline=0.3)) as client:
            response = await client.get("/admin/users", headers=BEARER)
            assert (response.status_code, problem_slug(response)) == (504, "upstream-timeout")

    async def test_connection_failure_is_503_or_504(self, cognito: FakeCognito, credentials: None) -> None:
        del credentials
        async with client_of(settings_for(cognito.url, admin_group="admins")) as client:
            assert (await client.get("/session", headers=BEARER)).status_code == 200
            await cognito.stop()
            response = await client.get("/admin/users", headers=BEARER)
            assert response.status_code in {503, 504}


class TestIamPolicy:
    @pytest.mark.parametrize("name", ROUTES)
    async def test_route_makes_only_listed_signed_calls(
        self, admin: httpx.AsyncClient, cognito: FakeCognito, name: str
    ) -> None:
        route = ROUTES[name]
        response = await send_request(admin, route)
        assert response.is_success, response.text
        assert set(cognito.operations()) == set(OPERATIONS[route.operation["operationId"]])
        assert all(request["UserPoolId"] == "us-east-1_AbCdEfGhI" for _, request in cognito.requests)
        assert all(headers["Authorization"].startswith("AWS4-HMAC-SHA256") for headers in cognito.headers)

    def test_iam_policy_lists_only_needed_actions(self) -> None:
        settings = settings_for(
            "http://127.0.0.1:1", admin_group="admins", state_store=SecretStr("dynamodb://sign-in-state")
        )
        administration, state = policy(settings)["Statement"]
        needed = {f"cognito-idp:{operation}" for row in OPERATIONS.values() for operation in row}
        assert set(administration["Action"]) == needed
        assert administration["Resource"] == "arn:aws:cognito-idp:us-east-1:*:userpool/us-east-1_AbCdEfGhI"
        assert state["Action"] == [
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ]
        assert state["Resource"] == "arn:aws:dynamodb:us-east-1:*:table/sign-in-state"
        assert "*" not in administration["Action"]

    def test_iam_command_prints_policy_or_fails(self) -> None:
        stack = {
            "COGNITO_USER_POOL_ID": "cn-north-1_AbCdEfGhI",
            "COGNITO_CLIENT_ID": "client",
            "COGNITO_CLIENT_SECRET": "client-secret",
        }
        command = [sys.executable, "-m", "api.iam"]
        with_group = environment(**stack, ADMIN_GROUP="admins")
        done = subprocess.run(command, cwd=ROOT, env=with_group, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["Statement"][0]["Resource"].startswith("arn:aws-cn:")
        without = subprocess.run(
            command, cwd=ROOT, env=environment(**stack), capture_output=True, text=True, check=False
        )
        assert (without.returncode, without.stdout) == (1, "")
        assert "needs no AWS permission" in without.stderr
