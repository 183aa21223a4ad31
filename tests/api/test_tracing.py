"""TRACING: a span of each request and of each call to Cognito, without anything that a client sent."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from api.errors import ConfigurationError
from api.telemetry import tracing
from api.telemetry.json_logs import flush_logs
from tests.conftest import client_of, settings_for
from tests.support.cognito import FakeCognito

pytestmark = pytest.mark.anyio

LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda: exporter)
    return exporter


def by_kind(spans: Sequence[ReadableSpan], kind: SpanKind) -> list[ReadableSpan]:
    return [span for span in spans if span.kind is kind]


async def test_call_to_cognito_is_a_part_of_its_request(
    cognito: FakeCognito, exported: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_of(settings_for(cognito.url, tracing="on")) as api:
        await api.post("/login", json=LOGIN)
        flush_logs()
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    spans = exported.get_finished_spans()
    (request,), (call,) = by_kind(spans, SpanKind.SERVER), by_kind(spans, SpanKind.CLIENT)
    assert request.name == "POST /login"
    assert call.name == "CognitoIdentityProvider/InitiateAuth"
    context = request.get_span_context()
    assert call.parent
    assert context
    assert call.parent.span_id == context.span_id
    assert (call.attributes or {})["outcome"] == "success"
    trace_id = f"{context.trace_id:032x}"
    assert {line["trace_id"] for line in lines if line["message"] in {"request", "audit"}} == {trace_id}


async def test_refusal_of_cognito_is_an_error_of_the_call(cognito: FakeCognito, exported: InMemorySpanExporter) -> None:
    cognito.fails("InitiateAuth", "NotAuthorizedException", "upstream text canary")
    async with client_of(settings_for(cognito.url, tracing="on")) as api:
        await api.post("/login", json=LOGIN)
    (call,) = by_kind(exported.get_finished_spans(), SpanKind.CLIENT)
    assert (call.attributes or {})["error.type"] == "NotAuthorizedException"
    assert "canary" not in call.to_json()


async def test_nothing_that_a_client_sent_is_exported(cognito: FakeCognito, exported: InMemorySpanExporter) -> None:
    async with client_of(settings_for(cognito.url, tracing="on")) as api:
        await api.post("/login?q=query-canary", json={"email": "mail-canary@example.com", "password": "canary"})
        await api.get("/path-canary")
        await api.request("CANARY", "/login")
        headers = {
            "Host": "host-canary.example",
            "User-Agent": "canary",
            "tracestate": "k=canary",
            "baggage": "k=canary",
        }
        await api.get("/livez", headers=headers | {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"})
        await api.get("/session", headers={"Authorization": "Bearer token-canary"})
        await api.post("/verify", json={"email": "mail-canary@example.com", "code": "canary"})
    text = "".join(span.to_json() for span in exported.get_finished_spans())
    assert "canary" not in text.lower()
    assert text.count('"url.path": "REDACTED"') == 6
    # The trace of a caller goes on.
    assert "1" * 32 in text


@pytest.mark.parametrize(("given", "name"), [("", "cognito-sign-in"), ("shop", "shop")])
async def test_service_has_a_name_that_operators_can_change(
    cognito: FakeCognito, exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, given: str, name: str
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", given)
    async with client_of(settings_for(cognito.url, tracing="on")) as api:
        await api.get("/livez")
    assert exported.get_finished_spans()[0].resource.attributes["service.name"] == name


async def test_without_tracing_there_is_no_span_and_no_trace_id(
    api: httpx.AsyncClient, exported: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    await api.post("/login", json=LOGIN)
    flush_logs()
    assert "trace_id" not in capsys.readouterr().err
    assert exported.get_finished_spans() == ()


async def test_missing_packages_stop_the_start_with_the_fix(
    cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", missing)
    monkeypatch.delitem(sys.modules, "api.telemetry.tracing")
    with pytest.raises(ConfigurationError, match="install the extra `otel`"):
        async with client_of(settings_for(cognito.url, tracing="on")):
            pass
