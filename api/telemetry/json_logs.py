"""JSON logs: one object per line, with the request id, and without texts that may contain secrets."""

import logging
import logging.config
import traceback
from types import TracebackType
from typing import Any

from opentelemetry.trace import format_trace_id, get_current_span
from pythonjsonlogger.json import JsonFormatter

from api.telemetry.request_context import request_context

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(JsonFormatter):
    """Adds the request id, and formats exceptions as types and locations, without their text.

    The text of an exception may quote a request or a response, as pydantic's and botocore's do.
    """

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the request id of the current context, and with TRACING the id of its trace."""
        super().add_fields(log_data, record, message_dict)
        # uvicorn's copy of the message with terminal colours.
        log_data.pop("color_message", None)
        if current := request_context.get():
            log_data["request_id"] = current.request_id
        span = get_current_span().get_span_context()
        if span.is_valid:
            log_data["trace_id"] = format_trace_id(span.trace_id)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's name
        """Return the chain of exception types, each with its stack frames."""
        lines: list[str] = []
        error, seen = ei[1], set[int]()
        # An exception that is raised again while its successor is handled makes the chain circular.
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}: {' > '.join(places)}")
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def configure_logging(level: str) -> None:
    """Log to standard error as JSON, without waiting for it; libraries log from WARNING upwards, whatever ``level`` is.

    botocore logs bodies and headers at DEBUG.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": Formatter,
                    "fmt": ["levelname", "name", "message"],
                    "rename_fields": {"levelname": "level", "name": "logger"},
                    "timestamp": True,
                }
            },
            "handlers": {"stderr": {"class": "api.telemetry.log_buffer.BufferedHandler", "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "api": {"level": level},
                # Audit events are logged whatever ``level`` is.
                "api.audit": {"level": "INFO"},
                "uvicorn": {"level": "INFO", "handlers": [], "propagate": True},
                "uvicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
                # The middleware logs each request with its id and without its query.
                "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            },
        }
    )


def flush_logs() -> None:
    """Write the lines that are still buffered; wait at most a second for standard error."""
    for handler in logging.getLogger().handlers:
        handler.flush()
