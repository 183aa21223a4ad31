"""Spans of calls to Cognito; without TRACING there are none, and they cost nothing."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_tracer: "Tracer | None" = None


def trace_with(tracer: "Tracer | None") -> None:
    """Start spans with ``tracer`` from now on, or none."""
    global _tracer  # noqa: PLW0603 - a process has one tracer, as it has one log
    _tracer = tracer


def start_call(operation: str) -> "Span | None":
    """Start the span of a call to Cognito inside the request's (OpenTelemetry, Semantic conventions for RPC)."""
    if _tracer is None:
        return None
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - imported by the tracer

    attributes = {"rpc.system": "aws-api", "rpc.service": "CognitoIdentityProvider", "rpc.method": operation}
    return _tracer.start_span(f"CognitoIdentityProvider/{operation}", kind=SpanKind.CLIENT, attributes=attributes)


def end_call(span: "Span", fields: dict[str, Any]) -> None:
    """End it with the outcome of the log line, which has no text of Cognito's."""
    span.set_attribute("outcome", fields["outcome"])
    span.set_attribute("attempts", fields["attempts"])
    if fields["outcome"] != "success":
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - as above

        span.set_attribute("error.type", fields["outcome"])
        span.set_status(StatusCode.ERROR)
    span.end()
