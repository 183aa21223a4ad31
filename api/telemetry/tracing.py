"""Traces by OpenTelemetry (TRACING=on, extra ``otel``): FastAPI's span of each request, one of each call to Cognito.

The SDK's own variables choose the exporter's address, its headers and the sampler: OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER (OpenTelemetry, "Environment Variable Specification"). Imported only
when tracing is on.
"""

from collections.abc import Generator
from contextlib import contextmanager

from fastapi import FastAPI
from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import CarrierT, Getter, default_getter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.telemetry.calls import trace_with

# They hold what clients sent: addresses, codes and names. The template of the route is in `http.route`.
_FROM_CLIENTS = ("url.path", "url.query", "http.request.method_original", "server.address")
_REDACTED = "REDACTED"


class Redaction(SpanProcessor):
    """Overwrites what clients sent, before anything can export it."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Redact the attributes with which the span starts."""
        del parent_context
        for name in _FROM_CLIENTS:
            if name in (span.attributes or {}):
                span.set_attribute(name, _REDACTED)


class ParentOnly(TraceContextTextMapPropagator):
    """Takes the ids of the caller's trace from ``traceparent``, and no text from ``tracestate`` and ``baggage``."""

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        """Return the context with the parent's ids."""
        parent = get_current_span(super().extract(carrier, context, getter)).get_span_context()
        ids = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=parent.trace_flags)
        return set_span_in_context(NonRecordingSpan(ids), context)


@contextmanager
def tracing(app: FastAPI, exporter: SpanExporter | None = None) -> Generator[None]:
    """Trace the requests of ``app`` until the block ends; then export what is pending.

    ``exporter`` is OTLP over HTTP by default.
    """
    resource = Resource.create()
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "cognito-sign-in"}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    propagate.set_global_textmap(ParentOnly())
    provider.add_span_processor(Redaction())
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    # FastAPI takes its configuration when the application is created, and settings are read when it starts.
    configuration = app._native_telemetry.config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
    configuration.update(tracing=True, tracer_provider=provider, operation_spans=False)
    trace_with(provider.get_tracer("api"))
    try:
        yield
    finally:
        trace_with(None)
        configuration.update(tracing=False, tracer_provider=None)
        provider.shutdown()
