"""Prometheus metrics of requests and of calls to Cognito. Imported only when METRICS is on.

Labels are route templates and names defined by this API or Cognito, never text from a client.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from api.telemetry.request_context import RequestContext

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Cognito did not send a mail or text message: its role does not work, the sender refused, or a quota is used up.
_NOT_SENT = {
    "CodeDeliveryFailureException",
    "InvalidEmailRoleAccessPolicyException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
    "LimitExceededException",
}


class Metrics:
    """Metrics of this process; each process has its own."""

    def __init__(self) -> None:
        """Start all metrics at zero."""
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Duration of HTTP requests by method, route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._calls = Counter(
            "cognito_calls_total",
            "Calls to Cognito by operation and outcome.",
            ["operation", "outcome"],
            registry=self._registry,
        )
        self._quarantined = Counter(
            "quarantined_addresses_total",
            "Verifications after which sign-in by password stays refused until a reset.",
            registry=self._registry,
        )
        self._not_sent = Counter(
            "messages_not_sent_total",
            "Mails and text messages that Cognito did not send, by operation and outcome.",
            ["operation", "outcome"],
            registry=self._registry,
        )
        self._refusals = Counter(
            "rate_limit_refusals_total",
            "Requests that exceeded a limit, by its category and scope.",
            ["category", "scope"],
            registry=self._registry,
        )
        self._problems = Counter("problems_total", "Problem responses by slug.", ["problem"], registry=self._registry)

    def observe(self, method: str, route: str | None, status: int, seconds: float, context: RequestContext) -> None:
        """Record a finished request."""
        self._requests.labels(method, route or "", str(status)).observe(seconds)
        for call in context.upstream:
            self._calls.labels(call["operation"], call["outcome"]).inc()
            if call["outcome"] in _NOT_SENT:
                self._not_sent.labels(call["operation"], call["outcome"]).inc()
        if context.outcome == "quarantined":
            self._quarantined.inc()
        if context.refusal:
            self._refusals.labels(*context.refusal).inc()
        if context.problem:
            self._problems.labels(context.problem).inc()

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        return generate_latest(self._registry)
