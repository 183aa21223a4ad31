"""Requests and calls to Cognito, counted for Prometheus. Imported where METRICS is on.

Labels are templates and names of ours or Cognito's: never a client's text.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from api.telemetry.request_context import RequestContext

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of this process; several processes have theirs each."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Requests by route and status, and how long they took.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._calls = Counter(
            "cognito_calls_total", "Calls by operation and outcome.", ["operation", "outcome"], registry=self._registry
        )
        self._problems = Counter("problems_total", "Refusals by slug.", ["problem"], registry=self._registry)

    def observe(self, method: str, route: str | None, status: int, seconds: float, context: RequestContext) -> None:
        """Count a finished exchange."""
        self._requests.labels(method, route or "", str(status)).observe(seconds)
        for call in context.upstream:
            self._calls.labels(call["operation"], call["outcome"]).inc()
        if context.problem:
            self._problems.labels(context.problem).inc()

    def text(self) -> bytes:
        """Return the exposition."""
        return generate_latest(self._registry)
