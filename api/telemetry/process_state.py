"""What a process knows at the moment of a scrape: calls in progress, and how old its knowledge of others is."""

import os
import platform
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.telemetry.sources import Sources


class ProcessState(Collector):
    """Gauges of ``sources``, read at each scrape: they cost requests nothing."""

    def __init__(self, sources: Sources) -> None:
        """Read ``sources``."""
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics with their present values."""
        now = self._sources
        calls = GaugeMetricFamily("cognito_calls_in_progress", "Calls to Cognito by operation.", labels=["operation"])
        for operation, number in now.calls_in_progress().items():
            calls.add_metric([operation], number)
        yield calls
        yield _gauge("state_store_up", "1 if the state store answered the last call.", now.state_store_is_up())
        yield _gauge("log_outs_shared", "1 if the state store takes and gives log-outs.", now.log_outs_are_shared())
        yield _gauge("log_outs_age_seconds", "Time since log-outs of other processes were read.", now.log_outs_age())
        yield _gauge("signing_keys_age_seconds", "Time since the pool's keys were read.", now.signing_keys_age())
        yield _gauge("client_secret_age_seconds", "Time since the client secret was read.", now.client_secret_age())
        failures = CounterMetricFamily("audit_sink_failures", "Audit events that the sink did not take.")
        failures.add_metric([], now.audit_sink_failures())
        yield failures
        yield _build()


def _gauge(name: str, text: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(name, text)
    gauge.add_metric([], value)
    return gauge


def _build() -> Metric:
    build = GaugeMetricFamily("build_info", "What runs: the image's version and revision.", labels=list(_BUILD))
    build.add_metric(list(_BUILD.values()), 1)
    return build


_BUILD = {
    "version": os.environ.get("BUILD_VERSION", "unknown"),
    "revision": os.environ.get("BUILD_REVISION", "unknown"),
    "python": platform.python_version(),
}
