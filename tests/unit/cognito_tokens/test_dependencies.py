"""The token dependencies in a separate FastAPI application, without the rest of this API."""

import ast
import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, WebSocket

from cognito_tokens import Principal, TokenVerifier, UserPool
from cognito_tokens.dependencies import (
    CurrentPrincipal,
    FreshPrincipal,
    OptionalPrincipal,
    RecentLogin,
    RequireGroups,
    RequireScopes,
    protect,
)
from cognito_tokens.errors import (
    ClaimRefused,
    ClientRefused,
    IssuerRefused,
    KeyUnknown,
    RevocationsUnavailable,
    TokenError,
    TokenExpired,
    TokenNotYetValid,
    TokenRefused,
    TokenUseRefused,
)
from cognito_tokens.jwks import StaticJwks
from cognito_tokens.revocations import Revocation, Revocations
from tests.support.servers import ROOT
from tests.support.timing import timed
from tests.support.tokens import CLIENT_ID, ISSUER, KEY, SUB, access_claims

pytestmark = pytest.mark.anyio


class UnreachableStore:
    """A store that cannot be reached."""

    async def add(self, revocation: object) -> None:
        raise ConnectionError(revocation)

    async def read(self) -> AsyncGenerator[list[Any]]:
        raise ConnectionError
        yield []

    async def aclose(self) -> None: ...


def application(revocations: Revocations | None = None) -> FastAPI:
    app = FastAPI()
    pool = UserPool(ISSUER, frozenset({CLIENT_ID}), StaticJwks(KEY.jwks()))

    async def ask_cognito(token: str) -> None:
        if "ended" in KEY_NAMES.get(token, ""):
            raise TokenRefused("not ended")  # noqa: EM101, TRY003 - the expected value belongs next to its check

    protect(app, TokenVerifier([pool], revocations=revocations), ask_cognito)

    @app.get("/me")
    async def me(principal: CurrentPrincipal) -> str:
        return principal.sub

    @app.get("/maybe")
    async def maybe(principal: OptionalPrincipal) -> str | None:
        return principal.sub if principal else None

    @app.get("/orders")
    async def orders(principal: Annotated[Principal, RequireScopes("orders/read", "orders/list")]) -> str:
        return principal.sub

    @app.get("/admin")
    async def admin(principal: Annotated[Principal, RequireGroups("admins", "ops", fail_closed=True)]) -> str:
        return principal.sub

    @app.get("/recent")
    async def recent(principal: Annotated[Principal, RecentLogin(300)]) -> str:
        return principal.sub

    @app.get("/fresh")
    async def fresh(principal: FreshPrincipal) -> str:
        return principal.sub

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, principal: CurrentPrincipal) -> None:
        await websocket.accept()
        await websocket.send_text(principal.sub)
        await websocket.close()

    return app


KEY_NAMES: dict[str, str] = {}


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        yield client


def bearer(token: str, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {token}"}


CASES: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("/me", {"exp": 1}, 401, 'Bearer error="invalid_token"'),
    ("/maybe", {"exp": 1}, 401, 'Bearer error="invalid_token"'),
    ("/orders", {"scope": "orders/read"}, 403, 'Bearer error="insufficient_scope", scope="orders/list orders/read"'),
    ("/orders", {"scope": "orders/read orders/list x"}, 200, None),
    ("/admin", {}, 403, 'Bearer error="insufficient_scope"'),
    ("/admin", {"cognito:groups": ["users"]}, 403, 'Bearer error="insufficient_scope"'),
    ("/admin", {"cognito:groups": ["users", "ops"]}, 200, None),
    ("/recent", {"auth_time": 100}, 401, 'Bearer error="insufficient_user_authentication", max_age="300"'),
    ("/recent", {}, 200, None),
    ("/fresh", {}, 200, None),
]


async def connect(headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the messages that the application sends on a WebSocket."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/socket", "headers": raw, "query_string": b"", "subprotocols": []}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await application()(scope, receive, send)
    return sent


class WriteRejectingStore(UnreachableStore):
    """A store that rejects writes and returns entries."""

    def __init__(self) -> None:
        self.entries = [Revocation("token", "of-another-host", 0, int(time.time()) + 60)]

    async def read(self) -> AsyncGenerator[list[Any]]:
        yield self.entries


CHECKS: list[tuple[str, dict[str, Any], type[TokenError]]] = [
    ("issuer", {"iss": "https://elsewhere.example.com"}, IssuerRefused),
    ("client", {"client_id": "another"}, ClientRefused),
    ("use", {"token_use": "id"}, TokenUseRefused),
    ("expiry", {"exp": 1767225600}, TokenExpired),
    ("issue", {"iat": 2**35}, TokenNotYetValid),
    ("type", {"sub": 5}, ClaimRefused),
    ("key", {"kid": "unknown"}, KeyUnknown),
]


class TestBearerToken:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    async def test_bearer_scheme_is_case_insensitive(self, client: httpx.AsyncClient, scheme: str) -> None:
        response = await client.get("/me", headers=bearer(KEY.token(), scheme))
        assert (response.status_code, response.json()) == (200, SUB)

    async def test_token_in_query_or_cookie_is_401(self, client: httpx.AsyncClient) -> None:
        token = KEY.token()
        for query, cookie in ((f"?access_token={token}", ""), ("", f"access_token={token}"), ("", "")):
            response = await client.get(f"/me{query}", headers={"Cookie": cookie})
            assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")

    async def test_two_authorization_headers_are_401(self, client: httpx.AsyncClient) -> None:
        twice = [("Authorization", f"Bearer {KEY.token()}"), ("Authorization", f"Bearer {KEY.token()}")]
        assert (await client.get("/me", headers=twice)).status_code == 401

    @pytest.mark.parametrize(("change", "expected"), [row[1:] for row in CHECKS], ids=[row[0] for row in CHECKS])
    async def test_failed_check_logs_its_error_class(
        self, caplog: pytest.LogCaptureFixture, change: dict[str, Any], expected: type[TokenError]
    ) -> None:
        claims = {name: value for name, value in change.items() if name != "kid"}
        token = KEY.token(**claims)
        if "kid" in change:
            token = KEY.sign({"kid": change["kid"], "alg": "RS256"}, access_claims())
        transport = httpx.ASGITransport(application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
            with caplog.at_level(logging.INFO, "cognito_tokens"):
                response = await client.get("/me", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401
        (line,) = [record.getMessage() for record in caplog.records if record.name == "cognito_tokens.dependencies"]
        assert line.startswith(f"token refused: {expected.__name__}: expected ")
        assert token not in line


class TestDependencies:
    @pytest.mark.parametrize(("path", "claims", "status", "challenge"), CASES)
    async def test_route_requirements_set_status_and_challenge(
        self, client: httpx.AsyncClient, path: str, claims: dict[str, Any], status: int, challenge: str | None
    ) -> None:
        response = await client.get(path, headers=bearer(KEY.token(**claims)))
        assert (response.status_code, response.headers.get("www-authenticate")) == (status, challenge)

    async def test_optional_principal_without_token_is_none(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/maybe")).json() is None
        assert (await client.get("/maybe", headers=bearer(KEY.token()))).json() == SUB
        assert (await client.get("/maybe", headers={"Authorization": "Basic YTpi"})).json() is None

    async def test_fresh_principal_refused_by_cognito_is_401(self, client: httpx.AsyncClient) -> None:
        token = KEY.token()
        KEY_NAMES[token] = "ended"
        assert (await client.get("/me", headers=bearer(token))).status_code == 200
        assert (await client.get("/fresh", headers=bearer(token))).status_code == 401

    async def test_websocket_without_valid_token_is_closed(self) -> None:
        accepted, text, _closed = await connect(bearer(KEY.token()))
        assert (accepted["type"], text["text"]) == ("websocket.accept", SUB)
        for headers in ({}, bearer("a.b.c")):
            (refused,) = await connect(headers)
            assert (refused["type"], refused["code"]) == ("websocket.close", 1008)


class TestRevocations:
    async def test_refreshed_token_of_old_sign_in_is_refused(self) -> None:
        revocations = Revocations()
        verifier = TokenVerifier(
            [UserPool(ISSUER, frozenset({CLIENT_ID}), StaticJwks(KEY.jwks()))], revocations=revocations
        )
        now = int(time.time())
        await revocations.revoke("user", SUB, not_before=now)
        with pytest.raises(TokenRefused):
            await verifier.verify(KEY.token(iat=now, auth_time=now - 1))

    async def test_later_revocation_does_not_shorten_earlier(self) -> None:
        revocations = Revocations()
        await revocations.revoke("session", "s", expires_at=int(time.time()) + 1000)
        await revocations.revoke("session", "s", expires_at=int(time.time()) + 10)
        assert vars(revocations)["_ended"]["session", "s"].expires_at > time.time() + 900

    async def test_local_revocation_holds_without_store(self) -> None:
        revocations = Revocations(UnreachableStore())
        transport = httpx.ASGITransport(application(revocations), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
            token = KEY.token(jti="one")
            await revocations.revoke("token", "one")
            assert (await client.get("/me", headers=bearer(token))).status_code == 401

    async def test_revocation_by_user_and_session(self) -> None:
        revocations = Revocations()
        verifier = TokenVerifier(
            [UserPool(ISSUER, frozenset({CLIENT_ID}), StaticJwks(KEY.jwks()))], revocations=revocations
        )
        now = int(time.time())
        await revocations.revoke("user", SUB, not_before=now)
        await revocations.revoke("user", SUB, not_before=now - 50)
        assert await verifier.verify(KEY.token(iat=now))
        with pytest.raises(TokenRefused):
            await verifier.verify(KEY.token(iat=now - 1, auth_time=now - 1))
        assert await verifier.verify(KEY.token(sub="somebody-else", iat=now - 1, auth_time=now - 1))
        await revocations.revoke("session", "s")
        with pytest.raises(TokenRefused):
            await verifier.verify(KEY.token(origin_jti="s"))

    async def test_expired_revocations_are_pruned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        revocations = Revocations()
        now = time.time()
        for number in range(100):
            await revocations.revoke("token", str(number), expires_at=int(now) + 10)
        monkeypatch.setattr("cognito_tokens.revocations.time.time", lambda: now + 100)
        await revocations.revoke("token", "last", expires_at=int(now) + 1000)
        assert len(vars(revocations)["_ended"]) == 1


class TestRevocationStore:
    async def test_unreachable_store_blocks_only_admin_routes(self) -> None:
        revocations = Revocations(UnreachableStore(), tolerated_seconds=0.0)
        transport = httpx.ASGITransport(application(revocations), raise_app_exceptions=False)
        admin = bearer(KEY.token(**{"cognito:groups": ["admins"]}))
        async with (
            revocations.following(),
            httpx.AsyncClient(transport=transport, base_url="http://app.test") as client,
        ):
            assert (await client.get("/me", headers=admin)).status_code == 200
            refused = await client.get("/admin", headers=admin)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")

    async def test_store_rejecting_writes_is_still_read(self) -> None:
        revocations = Revocations(WriteRejectingStore())
        await revocations.revoke("token", "ours")
        assert revocations.is_current
        assert {identifier for _, identifier in vars(revocations)["_ended"]} == {"ours", "of-another-host"}

    async def test_unshared_revocation_raises_if_fail_closed(self) -> None:
        revocations = Revocations(WriteRejectingStore(), tolerated_seconds=0.2)
        await revocations.revoke("token", "ours")
        revocations.require_shared()
        with pytest.raises(RevocationsUnavailable):
            revocations.require_shared(fail_closed=True)
        closed = Revocations(WriteRejectingStore(), fail_closed=True)
        closed.require_shared()
        await closed.revoke("token", "ours")
        with pytest.raises(RevocationsUnavailable):
            closed.require_shared()
        # The store can be read, but writes have failed for too long.
        await asyncio.sleep(0.3)
        await revocations.revoke("token", "another")
        assert not revocations.is_current

    async def test_revocation_is_written_before_shutdown(self) -> None:
        written: list[object] = []

        class Slow(UnreachableStore):
            async def add(self, revocation: object) -> None:
                await asyncio.sleep(0.5)
                written.append(revocation)

            async def read(self) -> AsyncGenerator[list[Any]]:
                yield []

        revocations = Revocations(Slow())
        async with revocations.following():
            await revocations.revoke("token", "ours")
        assert len(written) >= 1

    async def test_shutdown_survives_swallowed_cancellation(self) -> None:
        class Stubborn(UnreachableStore):
            async def read(self) -> AsyncGenerator[list[Any]]:
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.2)
                yield []

        async with asyncio.timeout(20) as limit, Revocations(Stubborn()).following():
            await asyncio.sleep(0.5)
        assert not limit.expired()

    @timed
    async def test_hanging_store_delays_revoke_under_a_second(self) -> None:
        class Hanging(UnreachableStore):
            async def read(self) -> AsyncGenerator[list[Any]]:
                await asyncio.sleep(60)
                yield []

        start = time.monotonic()
        await Revocations(Hanging()).revoke("token", "ours")
        assert time.monotonic() - start < 0.6

    async def test_long_backlog_is_read_over_several_polls(self) -> None:
        class Long:
            """A store with more pages than one poll has time to read."""

            def __init__(self) -> None:
                self.pages = list(range(8))

            async def read(self) -> AsyncGenerator[list[Revocation]]:
                while self.pages:
                    await asyncio.sleep(0.6)
                    yield [Revocation("token", str(self.pages[0]), 0, int(time.time()) + 60)]
                    del self.pages[0]

            async def add(self, revocation: Revocation) -> None:
                raise NotImplementedError

            async def aclose(self) -> None:
                return None

        revocations = Revocations(Long())
        async with revocations.following():
            assert not revocations.is_current
            end = time.monotonic() + 12
            while not revocations.is_current:
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
        assert len(vars(revocations)["_ended"]) == 8


class TestOpenApiAndImports:
    def test_openapi_lists_scheme_and_scopes(self) -> None:
        document = application().openapi()
        assert document["components"]["securitySchemes"] == {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "An access token of the user pool.",
            }
        }
        paths = document["paths"]
        assert paths["/me"]["get"]["security"] == [{"bearer": []}]
        assert paths["/me"]["get"]["responses"].keys() >= {"200", "401", "403", "503"}
        assert paths["/orders"]["get"]["security"] == [{"bearer": ["orders/read", "orders/list"]}]

    def test_openapi_lists_refusals_of_secured_routes(self) -> None:
        app = application()

        @app.get("/open")
        def anybody() -> str:
            return "hello"

        paths = app.openapi()["paths"]
        assert {"401", "403", "503"} <= paths["/me"]["get"]["responses"].keys()
        assert "401" not in paths["/open"]["get"]["responses"]
        assert list(paths["/me"]["get"]["responses"]["401"]["content"]) == ["application/problem+json"]

    def test_import_loads_no_other_api_packages(self) -> None:
        program = "import cognito_tokens.dependencies, sys; print([n for n in sys.modules if n.split('.')[0] == 'api'])"
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert ast.literal_eval(done.stdout) == []
