"""Each metric, label and log field that a dashboard, rule, filter or alarm names exists in what the API emits."""

import asyncio
import json
import logging
import re
from fnmatch import fnmatchcase
from typing import Any

import httpx
import pytest
import yaml
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from api.telemetry import log_buffer
from api.telemetry.json_logs import flush_logs
from stacks.hosting.signals import SIGNALS, Signal
from tests.conftest import client_of, settings_for
from tests.support.cognito import SUCCESS, FakeCognito
from tests.support.hosting import LARGE
from tests.support.servers import ROOT, free_port
from tests.support.stacks import synthesize_hosting

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}
RULES = (ROOT / "observability/prometheus-rules.yaml").read_text()
DASHBOARD = (ROOT / "observability/grafana-dashboard.json").read_text()
PROMQL = {
    *("sum", "min", "max", "count", "rate", "increase", "histogram_quantile", "vector"),
    *("and", "or", "unless", "Inf", "by", "on"),
}


def broken_sink(_: Json) -> None:
    raise ValueError


async def walk(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bring about every signal, and return the metrics."""
    cognito.answers("SignUp", {**SUCCESS["SignUp"], "CodeDeliveryDetails": {"DeliveryMedium": "EMAIL"}})
    limits = {"mail.total": "2/day", "code-guesses.total_failures": "1/day"}
    sink = "tests.contract.test_observability:broken_sink"
    settings = settings_for(
        cognito.url, metrics="on", audit_sink=sink, rate_limits="on", limits=limits, upstream_concurrency=1
    )
    async with client_of(settings) as api:
        await _overload(api, cognito)
        await _sign_in_and_fail(api, cognito)
        metrics = (await api.get("/metrics")).text
    redis = SecretStr(f"redis://127.0.0.1:{free_port()}")
    async with client_of(settings_for(cognito.url, state_store=redis, upstream_concurrency=1)) as api:
        await api.post("/signup", json=LOGIN)
        await api.get("/readyz")
    await _rare_faults(cognito, monkeypatch)
    return metrics


async def _overload(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(*_: object) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return web.json_response(SUCCESS["InitiateAuth"], content_type="application/x-amz-json-1.1")

    cognito.handles("InitiateAuth", hold)
    held = asyncio.create_task(api.post("/login", json=LOGIN))
    await asked.wait()
    await api.post("/login", json=LOGIN)
    go_on.set()
    await held


async def _sign_in_and_fail(api: httpx.AsyncClient, cognito: FakeCognito) -> None:
    await api.post("/signup", json=LOGIN)
    await api.post("/login", json=LOGIN)
    cognito.fails("ConfirmForgotPassword", "CodeMismatchException")
    cognito.fails("ForgotPassword", "CodeDeliveryFailureException")
    email = LOGIN["email"]
    for _ in range(3):
        await api.post("/password/reset", json={"email": email, "code": "123456", "new_password": "Battery-Staple-7"})
        await api.post("/password/forgot", json={"email": email})
    for code, status in (("TooManyRequestsException", 400), ("InternalErrorException", 500)):
        cognito.fails("InitiateAuth", code, status=status)
        await api.post("/login", json=LOGIN)
    cognito.fails("InitiateAuth", "ResourceNotFoundException")
    await api.post("/login", json=LOGIN)


async def _rare_faults(cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch) -> None:
    cognito.fails("GetTokensFromRefreshToken", "RefreshTokenReuseException")
    cognito.fails("SignUp", "ResourceNotFoundException")
    async with client_of(settings_for(cognito.url)) as api:
        await api.post("/refresh", json={"refresh_token": "refresh.token"})
        await api.post("/signup", json=LOGIN)
        await api.get("/readyz")
        with monkeypatch.context() as patch:
            patch.setattr("api.cognito.wire.encode", _fault)
            assert (await api.post("/login", json=LOGIN)).status_code == 500
        flush_logs()
        with monkeypatch.context() as patch:
            patch.setattr(log_buffer, "_write_to_stderr", _fault)
            logging.getLogger("api.test").warning("a line that is dropped")
            flush_logs()
        logging.getLogger("api.test").warning("a line that tells")
        flush_logs()


def _fault(*_: object) -> None:
    raise ZeroDivisionError


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def emitted(
    cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, list[Json]]:
    """The metrics and the lines of the log of a walk."""
    metrics = await walk(cognito, monkeypatch)
    return metrics, [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def matches(signal: Signal, line: Json) -> bool:
    """Compare as CloudWatch does: a field that is missing matches nothing."""
    return all(field in line and _compare(line[field], operator, value) for field, operator, value in signal.conditions)


def _compare(found: Any, operator: str, value: str | int) -> bool:
    if operator == ">=":
        return isinstance(found, int | float) and found >= float(value)
    same = fnmatchcase(found, value) if isinstance(value, str) and isinstance(found, str) else found == value
    return same == (operator == "=")


async def test_each_signal_is_in_the_log(emitted: tuple[str, list[Json]]) -> None:
    _, lines = emitted
    unseen = [signal.name for signal in SIGNALS if not any(matches(signal, line) for line in lines)]
    assert unseen == []
    measured = next(signal for signal in SIGNALS if signal.value != "1")
    assert measured.value.removeprefix("$.") in next(line for line in lines if matches(measured, line))


async def test_alarm_of_deployments_ignores_readiness(emitted: tuple[str, list[Json]]) -> None:
    _, lines = emitted
    errors = next(signal for signal in SIGNALS if signal.name == "ServerErrors")
    assert any(line.get("route") == "/readyz" and line["status"] == 503 for line in lines)
    assert not any(line["route"] == "/readyz" for line in lines if matches(errors, line))


def queries() -> list[str]:
    """Return the expressions of the rules and of the dashboard."""
    rules = [rule["expr"] for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
    panels = json.loads(DASHBOARD)["panels"]
    return [*rules, *(target["expr"] for panel in panels for target in panel["targets"])]


def names_in(query: str) -> set[str]:
    """Return what a query names besides PromQL's own words: metrics and recorded rules."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|on) \([^)]*\)|\bon\(\)", " ", query)
    return set(re.findall(r"[A-Za-z_:][A-Za-z0-9_:]*", bare)) - PROMQL


async def test_each_metric_and_label_of_rules_and_dashboard_is_emitted(emitted: tuple[str, list[Json]]) -> None:
    metrics, _ = emitted
    samples = [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    rules = [rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for query in queries():
        assert query.count("(") == query.count(")"), query
        found = names_in(query)
        assert found <= {sample.name for sample in samples} | recorded, query
        # A selector, NAME{LABEL="VALUE",...}, has to match a sample.
        for name, selector in re.findall(r"([a-z_]+)\{([^}]*)\}", query):
            wanted = re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector)
            assert any(sample.name == name and _has(sample.labels, wanted) for sample in samples), (name, selector)
        labels = {label for sample in samples if sample.name in found for label in sample.labels}
        by = {label.strip() for part in re.findall(r"by \(([^)]*)\)", query) for label in part.split(",")}
        assert by <= labels, query


def _has(labels: dict[str, str], wanted: list[tuple[str, str, str]]) -> bool:
    return all(
        label in labels
        and bool(re.fullmatch(value if "~" in operator else re.escape(value), labels[label]))
        == (not operator.startswith("!"))
        for label, operator, value in wanted
    )


@pytest.mark.parametrize("name", ["problems_totl", "sign_in:error_ratio:30m"])
def test_name_that_is_not_emitted_is_found(name: str) -> None:
    assert name in names_in(f"sum by (problem) (rate({name}[5m])) > 0 and on() (x > Inf)")


def test_dashboard_of_the_stack_names_its_own_signals() -> None:
    stack = synthesize_hosting(LARGE)["resource"]
    (dashboard,) = stack["aws_cloudwatch_dashboard"].values()
    shown = {
        row[1]
        for widget in json.loads(dashboard["dashboard_body"])["widgets"]
        for row in widget["properties"]["metrics"]
        if row[0] == "SignIn"
    }
    filters = {row["metric_transformation"]["name"] for row in stack["aws_cloudwatch_log_metric_filter"].values()}
    alarmed = {
        row["metric_name"] for row in stack["aws_cloudwatch_metric_alarm"].values() if row.get("namespace") == "SignIn"
    }
    assert shown == filters == alarmed
