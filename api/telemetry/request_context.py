"""Request context: what the log line, the audit event and the metrics of a request report."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# Outcome of a call that was not made.
SHED = "shed"


@dataclass(slots=True)
class RequestContext:
    """Facts about one request, collected while it is handled."""

    request_id: str
    # One entry per call to Cognito: operation, outcome, attempts, ms, and `sent` if Cognito sent a message.
    upstream: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    client_ip: str | None = None
    # What the triggers of the pool are told.
    client_metadata: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    # In the clear; only its keyed hash is ever logged.
    address: str | None = field(default=None, repr=False)
    sub: str | None = None
    target: str | None = None
    group: str | None = None
    # The administrator that sent an invitation.
    invited_by: str | None = None
    outcome: str | None = None
    problem: str | None = None
    # How a sign-in was proved: "password", a challenge of Cognito, or "hosted-pages".
    factor: str | None = None
    # Category and scope of the limit that was exceeded.
    refusal: tuple[str, str] | None = None
    # Another service than Cognito's API was called.
    has_called: bool = False
    # A browser without the device cookie of the user.
    is_new_device: bool = False
    # Seconds spent on renewing a cookie session before the route began.
    renewal_seconds: float = 0.0


request_context: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def note(  # noqa: PLR0913 - one parameter per field of the context
    *,
    client_ip: str | None = None,
    address: str | None = None,
    sub: str | None = None,
    target: str | None = None,
    group: str | None = None,
    invited_by: str | None = None,
    outcome: str | None = None,
    problem: str | None = None,
    factor: str | None = None,
    refusal: tuple[str, str] | None = None,
    has_called: bool = False,
    renewal_seconds: float = 0.0,
) -> None:
    """Record facts about the current request. A fact that is already recorded stays."""
    context = request_context.get()
    if context is None:
        return
    context.client_ip = context.client_ip or client_ip
    context.address = context.address or address
    context.sub = context.sub or sub
    context.target = context.target or target
    context.group = context.group or group
    context.invited_by = context.invited_by or invited_by
    context.outcome = context.outcome or outcome
    context.problem = context.problem or problem
    context.factor = context.factor or factor
    context.refusal = context.refusal or refusal
    context.has_called = context.has_called or has_called
    context.renewal_seconds = context.renewal_seconds or renewal_seconds


def has_called_upstream() -> bool:
    """Return whether Cognito, or another service, was called in this request."""
    current = request_context.get()
    return current is not None and (any(call["attempts"] for call in current.upstream) or current.has_called)
