"""Calls to Cognito, for the log line, the metrics and, with TRACING, the trace of their request."""

from time import perf_counter
from typing import TYPE_CHECKING

from api.telemetry.request_context import request_context

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_tracer: "Tracer | None" = None


def trace_with(tracer: "Tracer | None") -> None:
    """Start spans with ``tracer`` from now on, or none."""
    global _tracer  # noqa: PLW0603 - a process has one tracer, as it has one log
    _tracer = tracer


class Call:
    """A call to Cognito that is under way: its time, and its span."""

    def __init__(self, operation: str) -> None:
        """Start the time, and a span inside the request's (OpenTelemetry, Semantic conventions for RPC)."""
        self._operation = operation
        self._start = perf_counter()
        self._span = _start_span(operation)

    def end(self, outcome: str, attempts: int, *, sent: bool = False) -> None:
        """Add the call to the request's log line and end its span, without any text of Cognito's.

        ``sent``: Cognito said that it sent a mail or a text message.
        """
        if self._span:
            _end_span(self._span, outcome, attempts)
        if current := request_context.get():
            fields = {"operation": self._operation, "outcome": outcome, "attempts": attempts}
            milliseconds = round((perf_counter() - self._start) * 1000, 1)
            current.upstream.append({**fields, "ms": milliseconds, **({"sent": True} if sent else {})})


def _start_span(operation: str) -> "Span | None":
    if _tracer is None:
        return None
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - imported by the tracer

    attributes = {"rpc.system": "aws-api", "rpc.service": "CognitoIdentityProvider", "rpc.method": operation}
    return _tracer.start_span(f"CognitoIdentityProvider/{operation}", kind=SpanKind.CLIENT, attributes=attributes)


def _end_span(span: "Span", outcome: str, attempts: int) -> None:
    span.set_attribute("outcome", outcome)
    span.set_attribute("attempts", attempts)
    if outcome != "success":
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - as above

        span.set_attribute("error.type", outcome)
        span.set_status(StatusCode.ERROR)
    span.end()
