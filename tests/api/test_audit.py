"""Audit events: one per account operation, with user, operation and result, and without secrets."""

import json
from typing import Any

import httpx
import pytest

from api.errors import ConfigurationError
from api.telemetry.audit import EVENTS, event_name, open_sink
from tests.conftest import client_of, settings_for
from tests.support.cognito import OTHER_SUB, FakeCognito
from tests.support.routes import EMAIL, documented_paths, routes
from tests.support.tokens import KEY, SUB

pytestmark = pytest.mark.anyio

TOKEN = KEY.token(**{"cognito:groups": ["admins"]})
ROUTES = routes(TOKEN)
# Operations without an audit event: they change no data and are not part of a sign-in.
READS = {
    "password_rules",
    "session",
    "forward_auth",
    "get_me",
    "list_passkeys",
    "list_devices",
    "list_sessions",
    "livez",
    "readyz",
    "change_password_page",
}
OAUTH = {
    "oauth_domain": "https://auth.example.com",
    "oauth_callback_url": "https://api.example.com/oauth/callback",
    "oauth_logout_url": "https://app.example.com/",
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}

received: list[dict[str, Any]] = []


def sink(event: dict[str, Any]) -> None:
    received.append(event)


def broken_sink(event: dict[str, Any]) -> None:
    raise OSError(event["event"])


@pytest.fixture(autouse=True)
def reset_events(monkeypatch: pytest.MonkeyPatch) -> None:
    received.clear()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-key")


def settings(cognito: FakeCognito, **more: Any) -> Any:
    return settings_for(cognito.url, **{"audit_sink": f"{__name__}:sink", "admin_group": "admins", **OAUTH, **more})


def test_every_operation_has_event_or_is_read() -> None:
    operations = {operation["operationId"] for item in documented_paths().values() for operation in item.values()}
    assert {operation for operation in operations if not event_name(operation)} == READS
    assert operations >= EVENTS.keys()


@pytest.mark.parametrize("name", ROUTES)
async def test_route_records_its_event(cognito: FakeCognito, name: str) -> None:
    route = routes(TOKEN)[name]
    async with client_of(settings(cognito)) as api:
        headers = {**BEARER, "X-Request-ID": "request-0123"}
        response = await api.request(route.method, route.url, json=route.body, headers=headers)
        assert response.is_success or response.status_code == route.status
    operation = route.operation["operationId"]
    if operation in READS:
        assert received == []
        return
    (event,) = received
    result = "failure" if route.status == 400 else "success"
    assert (event["event"], event["result"]) == (event_name(operation), result)
    assert event["request_id"] == "request-0123"
    if route.path.startswith("/oauth"):
        # The user is known only after a successful sign-in.
        return
    assert event["client_ip"] == "127.0.0.1"
    assert "sub" in event or "address_hash" in event
    assert event.get("sub", SUB) == SUB
    assert EMAIL not in str(event)
    assert TOKEN not in str(event)
    # Events of administrative operations name their target.
    assert ("target" in event) == ("/admin/users/{" in route.path or name == "POST /admin/users")
    assert ("group" in event) == ("{group}" in route.path or name == "POST /admin/groups")


async def test_failure_event_names_problem(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito)) as api:
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        await api.post("/login", json={"email": EMAIL, "password": "Wrong-Horse-9"})
        cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
        await api.post("/refresh", json={"refresh_token": "refresh.token"})
        await api.get("/me/export")
        await api.post("/login", json={"email": 5})
    failed, reused, nobody, unread = received
    assert (failed["event"], failed["result"], failed["problem"]) == ("sign_in", "failure", "invalid-credentials")
    assert failed["factor"] == "password"
    assert failed["upstream"] == ["InitiateAuth: NotAuthorizedException"]
    assert (reused["event"], reused["problem"]) == ("refresh", "session-ended")
    assert (nobody["event"], nobody["problem"]) == ("account_export", "invalid-token")
    assert (unread["event"], unread["problem"]) == ("sign_in", "validation-failed")


async def test_concealed_error_is_in_event(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito)) as api:
        cognito.fails("SignUp", "UsernameExistsException")
        await api.post("/signup", json={"email": EMAIL, "password": "Correct-Horse-9"})
    (event,) = received
    assert event["result"] == "success"
    assert event["upstream"][0] == "SignUp: UsernameExistsException"


async def test_challenge_step_result_is_challenge(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito)) as api:
        cognito.answers("InitiateAuth", {"ChallengeName": "SMS_MFA", "Session": "s" * 20})
        await api.post("/login", json={"email": EMAIL, "password": "Correct-Horse-9"})
    assert received[0]["result"] == "challenge"


async def test_address_hash_depends_on_sealing_key(cognito: FakeCognito) -> None:
    for key in (
        "one-key-of-the-operator-of-some-length",
        "one-key-of-the-operator-of-some-length",
        "another-key-of-the-operator-of-some-length",
    ):
        async with client_of(settings(cognito, sealing_keys=key)) as api:
            await api.post("/login", json={"email": EMAIL, "password": "Correct-Horse-9"})
    one, same, other = (event["address_hash"] for event in received)
    assert one == same != other


async def test_sink_failure_is_logged_and_request_succeeds(
    cognito: FakeCognito, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_of(settings(cognito, audit_sink=f"{__name__}:broken_sink")) as api:
        response = await api.post("/login", json={"email": EMAIL, "password": "Correct-Horse-9"})
    assert response.status_code == 200
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logged = [line for line in lines if line["logger"] == "api.audit"]
    assert [line["message"] for line in logged] == ["audit", "the audit sink failed"]
    assert (logged[0]["event"], logged[0]["sub"]) == ("sign_in", SUB)


@pytest.mark.parametrize("name", ["nothing", "no.such.module:f", "json:no_such", "json:__name__", ":f"])
def test_invalid_sink_is_configuration_error(name: str) -> None:
    with pytest.raises(ConfigurationError, match="AUDIT_SINK"):
        open_sink(name)


async def test_failed_password_change_names_user(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito)) as api:
        cognito.fails("ChangePassword", "NotAuthorizedException", "Incorrect username or password.")
        change = {"old_password": "Wrong-Horse-9", "new_password": "Another-Horse-9"}
        assert (await api.post("/password/change", json=change, headers=BEARER)).status_code == 422
    (event,) = received
    assert (event["event"], event["result"], event["sub"]) == ("password_change", "failure", SUB)


async def test_group_membership_event_names_group(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito)) as api:
        user = f"/admin/users/{OTHER_SUB}/groups/support"
        assert (await api.put(user, headers=BEARER)).status_code == 204
        assert (await api.delete(user, headers=BEARER)).status_code == 204
    assert [(event["target"], event["group"]) for event in received] == [(OTHER_SUB, "support")] * 2


async def test_cookie_session_refresh_event_names_user(cognito: FakeCognito) -> None:
    async with client_of(settings(cognito, cookie_sessions="on")) as api:
        api.base_url = httpx.URL("https://api.test")
        login = {"email": EMAIL, "password": "Correct-Horse-9"}
        await api.post("/login", json=login, headers={"X-Session": "cookie"})
        session = {"Cookie": f"__Host-session={api.cookies['__Host-session']}"}
        api.cookies.clear()
        assert (await api.get("/session", headers=session)).status_code == 200
    assert [(event["event"], event["sub"]) for event in received] == [("sign_in", SUB), ("refresh", SUB)]


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
async def test_audit_ignores_log_level(cognito: FakeCognito, capsys: pytest.CaptureFixture[str], level: str) -> None:
    async with client_of(settings(cognito, log_level=level)) as api:
        await api.post("/login", json={"email": EMAIL, "password": "Correct-Horse-9"})
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    assert [line["event"] for line in lines if line["logger"] == "api.audit"] == ["sign_in"]
