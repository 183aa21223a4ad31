"""/metrics: counted events; no text from clients becomes a label."""

import asyncio
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


async def test_requests_calls_and_problems_are_counted(cognito: FakeCognito) -> None:
    async with client_of(settings_for(cognito.url, metrics="on")) as api:
        await api.post("/login", json=LOGIN)
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        await api.post("/login", json=LOGIN)
        await api.get("/no-such-path-canary")
        await api.get("/me/passkeys/x-canary")
        response = await api.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text
    assert 'http_server_request_duration_seconds_count{method="POST",route="/login",status="200"} 1.0' in lines
    assert 'cognito_call_duration_seconds_count{operation="InitiateAuth",outcome="success"} 1.0' in lines
    assert 'cognito_call_duration_seconds_count{operation="InitiateAuth",outcome="NotAuthorizedException"} 1.0' in lines
    assert 'problems_total{problem="invalid-credentials"} 1.0' in lines
    assert "canary" not in lines
    assert "ada@example.com" not in lines


async def test_metrics_disabled_is_409(api: httpx.AsyncClient) -> None:
    response = await api.get("/metrics")
    assert (response.status_code, problem_slug(response)) == (409, "feature-not-enabled")


@pytest.mark.parametrize(("header", "status"), [(None, 401), ("Bearer wrong", 401), (f"Bearer {'m' * 16}", 200)])
async def test_metrics_require_their_token(cognito: FakeCognito, header: str | None, status: int) -> None:
    async with client_of(settings_for(cognito.url, metrics="on", metrics_token="m" * 16)) as api:
        response = await api.get("/metrics", headers={"Authorization": header} if header else {})
    assert response.status_code == status


async def test_refusals_and_messages_not_sent_are_counted(cognito: FakeCognito) -> None:
    cognito.fails("ForgotPassword", "CodeDeliveryFailureException")
    settings = settings_for(cognito.url, metrics="on", rate_limits="on", limits={"mail.total": "1/day"})
    async with client_of(settings) as api:
        await api.post("/password/forgot", json={"email": "ada@example.com"})
        await api.post("/password/forgot", json={"email": "bob@example.com"})
        assert (await api.get("/readyz")).status_code == 200
        lines = (await api.get("/metrics")).text
    assert 'rate_limit_refusals_total{category="mail",scope="total"} 1.0' in lines
    assert 'messages_not_sent_total{operation="ForgotPassword",outcome="CodeDeliveryFailureException"} 1.0' in lines


async def test_messages_sent_and_calls_shed_are_counted(cognito: FakeCognito) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(*_: object) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return web.json_response(SUCCESS["InitiateAuth"], content_type="application/x-amz-json-1.1")

    cognito.answers("SignUp", {**SUCCESS["SignUp"], "CodeDeliveryDetails": {"DeliveryMedium": "EMAIL"}})
    async with client_of(settings_for(cognito.url, metrics="on", upstream_concurrency=1)) as api:
        await api.post("/signup", json=LOGIN)
        cognito.handles("InitiateAuth", hold)
        held = asyncio.create_task(api.post("/login", json=LOGIN))
        await asked.wait()
        in_progress = (await api.get("/metrics")).text
        assert (await api.post("/login", json=LOGIN)).status_code == 503
        go_on.set()
        assert (await held).status_code == 200
        lines = (await api.get("/metrics")).text
    assert 'cognito_calls_in_progress{operation="InitiateAuth"} 1.0' in in_progress
    assert 'cognito_calls_in_progress{operation="InitiateAuth"} 0.0' in lines
    assert "cognito_calls_shed_total 1.0" in lines
    assert 'messages_sent_total{operation="SignUp"} 1.0' in lines


async def test_state_of_the_process_is_reported(cognito: FakeCognito) -> None:
    async with client_of(
        settings_for(cognito.url, metrics="on", audit_sink="tests.api.test_metrics:broken_sink")
    ) as api:
        await api.post("/login", json=LOGIN)
        lines = (await api.get("/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in lines.splitlines() if not line.startswith("#"))
    assert values["state_store_up"] == values["log_outs_shared"] == "1.0"
    assert float(values["log_outs_age_seconds"]) == 0
    assert float(values["client_secret_age_seconds"]) < 60
    # No token has been verified yet.
    assert values["signing_keys_age_seconds"] == "+Inf"
    assert values["audit_sink_failures_total"] == "1.0"
    assert any(name.startswith("build_info{") for name in values)


def broken_sink(_: dict[str, Any]) -> None:
    raise ValueError


async def test_store_that_does_not_answer_is_reported(cognito: FakeCognito) -> None:
    uri = f"redis://127.0.0.1:{free_port()}"
    async with client_of(settings_for(cognito.url, metrics="on", state_store=SecretStr(uri))) as api:
        assert (await api.post("/signup", json=LOGIN)).status_code == 503
        lines = (await api.get("/metrics")).text
    assert "state_store_up 0.0" in lines
    assert "log_outs_shared 0.0" in lines
