"""Audit events: one structured event (user, operation, result) for each operation on an account.

An event goes to the log (logger ``api.audit``) and to the sink of AUDIT_SINK. It identifies the user by ``sub``, if
known, and by a keyed hash of the address: the same address gives the same hash, and the hash cannot be reversed.
"""

import hmac
import importlib
import logging
from collections.abc import Callable
from time import time
from typing import Any

from api.errors import ConfigurationError
from api.telemetry.request_context import RequestContext

logger = logging.getLogger("api.audit")

Sink = Callable[[dict[str, Any]], object]

# OpenAPI operation ids -> event names.
EVENTS = {
    "signup": "sign_up",
    "verify": "verification",
    "resend_verification": "verification_resend",
    "login": "sign_in",
    "answer_challenge": "sign_in_challenge",
    "refresh": "refresh",
    "revoke": "session_revocation",
    "logout": "sign_out",
    "forgot_password": "password_recovery",
    "reset_password": "password_reset",
    "change_password": "password_change",
    "update_me": "profile_change",
    "delete_me": "account_deletion",
    "export_me": "account_export",
    "verify_email": "email_change",
    "resend_email": "email_change_resend",
    "set_up_totp": "factor_set_up",
    "verify_totp": "factor_verification",
    "set_second_factors": "factor_change",
    "start_passkey": "passkey_set_up",
    "add_passkey": "passkey_addition",
    "delete_passkey": "passkey_deletion",
    "forget_device": "device_deletion",
    "end_session": "session_end",
    "oauth_login": "oauth_start",
    "oauth_callback": "oauth_sign_in",
    "oauth_logout": "oauth_sign_out",
}


def event_name(operation_id: str | None) -> str | None:
    """Return the event of an OpenAPI operation, or ``None`` for one that has none; administration's keep their ids."""
    if operation_id is None or operation_id.startswith("admin_"):
        return operation_id
    return EVENTS.get(operation_id)


class Audit:
    """Builds audit events, and sends them to the log and the sink."""

    def __init__(self, secret: str, sink: Sink | None = None) -> None:
        """Hash addresses with ``secret``; send events to ``sink`` too."""
        self._mac = hmac.new(secret.encode(), digestmod="sha256")
        self._sink = sink
        self.sink_failures = 0

    def record(self, name: str, status: int, context: RequestContext) -> None:
        """Send the event of a finished request; an error of the sink is logged, and does not affect the response."""
        event = self._event(name, status, context)
        logger.info("audit", extra=event)
        if self._sink is None:
            return
        try:
            self._sink({"time": time(), **event})
        except Exception:
            self.sink_failures += 1
            logger.exception("the audit sink failed")

    def _event(self, name: str, status: int, context: RequestContext) -> dict[str, Any]:
        # A problem may be a redirect to a page.
        failed = status >= 400 or status == 0 or context.problem is not None  # noqa: PLR2004 - HTTP
        event = {
            "event": name,
            "result": "failure" if failed else context.outcome or "success",
            "problem": context.problem,
            "sub": context.sub,
            "address_hash": self.pseudonym(context.address) if context.address else None,
            "factor": context.factor,
            "target": context.target,
            "group": context.group or None,
            "invited_by": context.invited_by,
            "client_ip": context.client_ip or None,
            "request_id": context.request_id,
            # Includes what is hidden from the client: a taken address, a mail that was not sent.
            "upstream": [f"{call['operation']}: {call['outcome']}" for call in context.upstream],
        }
        return {key: value for key, value in event.items() if value is not None}

    def pseudonym(self, address: str) -> str:
        """Return the keyed hash of an address: always the same, and useless without the key."""
        mac = self._mac.copy()
        mac.update(f"audit {address}".encode())
        return mac.hexdigest()[:32]


def open_sink(name: str | None) -> Sink | None:
    """Return the function named ``name`` (``package.module:function``); raise ``ConfigurationError`` for none."""
    if name is None:
        return None
    module, _, attribute = name.partition(":")
    try:
        sink = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        message = f"AUDIT_SINK: {name!r} cannot be imported as package.module:function ({type(error).__name__})."
        raise ConfigurationError(message) from None
    if not callable(sink):
        message = f"AUDIT_SINK: {name!r} is not callable; it must accept one event, a dict."
        raise ConfigurationError(message)
    return sink
