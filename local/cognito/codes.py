"""One-time codes: six random digits, limited lifetime and attempts, single use; a new code replaces the last one.

Source: quotas page of the Cognito developer guide. A sign-up code is valid for 24 h, a reset code for 1 h; the limits
are 15 confirmations and 5 resends per hour.
"""

import hmac
import secrets
import time
from typing import Any

from local.cognito import records
from local.cognito.refusals import Refusal, limit_exceeded

_HOUR = 3600
_TRIES_PER_HOUR = 15
_RESENDS_PER_HOUR = 5
_SECONDS = {"sign-up": 24 * _HOUR, "reset": _HOUR, "email": 24 * _HOUR, "otp": 180}


def issue(user: dict[str, Any], purpose: str) -> str:
    """Return a new code for ``purpose``; it replaces the previous one."""
    code = f"{secrets.randbelow(10**6):06d}"
    expires = time.time() + _SECONDS[purpose]
    user.setdefault(records.CODES, {})[purpose] = {"code": code, "expires": expires}
    return code


def check(user: dict[str, Any], purpose: str, code: object) -> None:
    """Raise a ``Refusal`` unless ``code`` is valid: CodeMismatch, ExpiredCode, TooManyFailedAttempts."""
    failures = _recent(user, f"failed {purpose}")
    if len(failures) >= _TRIES_PER_HOUR:
        raise _too_many_attempts(purpose)
    issued = _live(user, purpose)
    if issued is None:
        raise Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if not _same(issued, code):
        failures.append(time.time())
        raise Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")


def is_right(user: dict[str, Any], purpose: str, code: object) -> bool:
    """Return whether ``code`` is valid, and remove it if so."""
    issued = _live(user, purpose)
    right = issued is not None and _same(issued, code)
    if right:
        use_up(user, purpose)
    return right


def use_up(user: dict[str, Any], purpose: str) -> None:
    """Remove the code and the record of its failed attempts."""
    user.get(records.CODES, {}).pop(purpose, None)
    user.get(records.MOMENTS, {}).pop(f"failed {purpose}", None)


def count_resend(user: dict[str, Any], purpose: str) -> None:
    """Count a requested code; raise LimitExceededException after five per hour."""
    sent = _recent(user, f"sent {purpose}")
    if len(sent) >= _RESENDS_PER_HOUR:
        raise limit_exceeded()
    sent.append(time.time())


def _live(user: dict[str, Any], purpose: str) -> str | None:
    issued = user.get(records.CODES, {}).get(purpose)
    return issued["code"] if issued and time.time() < issued["expires"] else None


def _same(issued: str, code: object) -> bool:
    return hmac.compare_digest(issued.encode(), str(code).encode())


def _too_many_attempts(purpose: str) -> Refusal:
    # The model of VerifyUserAttribute does not include TooManyFailedAttemptsException.
    refusal = limit_exceeded()
    return refusal if purpose == "email" else Refusal("TooManyFailedAttemptsException", refusal.message)


def _recent(user: dict[str, Any], event: str) -> list[float]:
    moments = user.setdefault(records.MOMENTS, {})
    moments[event] = [moment for moment in moments.get(event, []) if moment > time.time() - _HOUR]
    return moments[event]
