"""/metrics: counted events; no text from clients becomes a label."""

import httpx
import pytest

from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import FakeCognito

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
    assert 'cognito_calls_total{operation="InitiateAuth",outcome="success"} 1.0' in lines
    assert 'cognito_calls_total{operation="InitiateAuth",outcome="NotAuthorizedException"} 1.0' in lines
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
