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


async def test_metrics_disabled_is_501(api: httpx.AsyncClient) -> None:
    response = await api.get("/metrics")
    assert (response.status_code, problem_slug(response)) == (501, "feature-not-enabled")
