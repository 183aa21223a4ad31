"""Prometheus metrics of requests and of calls to Cognito. Imported only when METRICS is on.

Labels are route templates and names defined by this API or Cognito, never text from a client.
"""

from collections.abc import Iterable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from api.telemetry.process_state import ProcessState
from api.telemetry.request_context import SHED, RequestContext
from api.telemetry.sources import Sources

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Cognito did not send a mail or text message: its role does not work, the sender refused, or a quota is used up.
_NOT_SENT = {
    "CodeDeliveryFailureException",
    "InvalidEmailRoleAccessPolicyException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
    "LimitExceededException",
}
_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
_SENDING = (
    "AdminCreateUser",
    "ForgotPassword",
    "GetUserAttributeVerificationCode",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "SignUp",
    "UpdateUserAttributes",
)
# A call has a deadline of 6 s (UPSTREAM_DEADLINE), and takes some 50 ms at AWS.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Metrics of this process; each process has its own."""

    def __init__(self, sources: Sources, limits: Iterable[tuple[str, str]] = ()) -> None:
        """Start all metrics at zero; ``sources`` have the state of the process, ``limits`` categories and scopes.

        A counter with labels exists from its first event on, and a rate does not see that one: those with alarms begin
        with 0.
        """
        self._registry = CollectorRegistry()
        self._registry.register(ProcessState(sources))
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Duration of HTTP requests by method, route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._calls = Histogram(
            "cognito_call_duration_seconds",
            "Duration of calls to Cognito, retries included, by operation and outcome.",
            ["operation", "outcome"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._shed = Counter(
            "cognito_calls_shed_total",
            "Calls that were not made, because UPSTREAM_CONCURRENCY of the operation were in progress.",
            registry=self._registry,
        )
        self._sent = Counter(
            "messages_sent_total",
            "Mails and text messages that Cognito said it sent, by operation; for unknown addresses it says so, too.",
            ["operation"],
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
        self._problems.labels("server-misconfigured")
        for category, scope in limits:
            self._refusals.labels(category, scope)
        for operation in _SENDING:
            self._sent.labels(operation)
            for outcome in _NOT_SENT:
                self._not_sent.labels(operation, outcome)

    def observe(self, method: str, route: str | None, status: int, seconds: float, context: RequestContext) -> None:
        """Record a finished request."""
        # Another server than `python -m api` may pass any text as a method.
        method = method if method in _METHODS else "_OTHER"
        self._requests.labels(method, route or "", str(status)).observe(seconds)
        for call in context.upstream:
            self._observe_call(call)
        if context.outcome == "quarantined":
            self._quarantined.inc()
        if context.refusal:
            self._refusals.labels(*context.refusal).inc()
        if context.problem:
            self._problems.labels(context.problem).inc()

    def _observe_call(self, call: dict[str, Any]) -> None:
        operation, outcome = call["operation"], call["outcome"]
        if outcome == SHED:
            self._shed.inc()
            return
        self._calls.labels(operation, outcome).observe(call["ms"] / 1000)
        if call.get("sent"):
            self._sent.labels(operation).inc()
        if outcome in _NOT_SENT:
            self._not_sent.labels(operation, outcome).inc()

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        return generate_latest(self._registry)
