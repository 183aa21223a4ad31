"""Passwords: checks with lockout, changes with policy and history.

Source: "Lockout behavior for failed sign-in attempts" and "Adding user pool password requirements" of the Cognito
developer guide. Passwords are kept in plain text, as in ministack: this is a development tool for fictitious users.
"""

import hmac
import re
import time
from typing import Any

from local.cognito import records
from local.cognito.emulator import Json, body_of, cognito, section
from local.cognito.refusals import Refusal, not_authorized

_FREE_FAILURES = 5
_LONGEST_LOCK = 900
_CLEAN_AFTER = 900
_SYMBOL = r"[\^$*.\[\]{}()?\-\"!@#%&/\\,><':;|_~`+= ]"


def check_password(user: Json, password: object) -> None:
    """Raise NotAuthorizedException for a wrong password, and for any password while the user is locked out."""
    require_unlocked(user)
    if not _is_password_of(user, password):
        count_failure(user)
        raise not_authorized()
    user.pop(records.FAILURES, None)


def require_unlocked(user: Json) -> None:
    """Raise NotAuthorizedException while the user is locked out after wrong passwords or codes."""
    failures = _failures_of(user)
    if time.time() < failures["last"] + _lock_seconds(failures["count"]):
        raise not_authorized("Password attempts exceeded")


def count_failure(user: Json) -> None:
    """Count a wrong password or code of a sign-in attempt."""
    user[records.FAILURES] = {"count": _failures_of(user)["count"] + 1, "last": time.time()}


def _failures_of(user: Json) -> dict[str, Any]:
    failures: dict[str, Any] = user.get(records.FAILURES) or {"count": 0, "last": 0.0}
    return failures if time.time() - failures["last"] <= _CLEAN_AFTER else {"count": 0, "last": 0.0}


def policy_errors(pool: Json, password: str) -> list[str]:
    """Return the unmet requirements of the pool's policy: letters and digits of ASCII; a space inside is a symbol."""
    policy = section(pool, "Policies", "PasswordPolicy")
    least = policy.get("MinimumLength", 8)
    rules = {
        f"Password must have length greater than or equal to {least}": len(password) >= least,
        "Password must have uppercase characters": _is_met(policy, "Uppercase", "[A-Z]", password),
        "Password must have lowercase characters": _is_met(policy, "Lowercase", "[a-z]", password),
        "Password must have numeric characters": _is_met(policy, "Numbers", "[0-9]", password),
        "Password must have symbol characters": _is_met(policy, "Symbols", _SYMBOL, password.strip()),
    }
    return [rule for rule, is_met in rules.items() if not is_met]


def _is_met(policy: Json, kind: str, pattern: str, password: str) -> bool:
    return not policy.get(f"Require{kind}", True) or bool(re.search(pattern, password))


def check_policy(pool: Json, user: Json, password: str) -> None:
    """Raise InvalidPasswordException or PasswordHistoryPolicyViolationException if the pool's policy is violated."""
    refused = cognito._validate_password(pool, password)
    if refused:
        body_of(refused)
    size = section(pool, "Policies", "PasswordPolicy").get("PasswordHistorySize", 0)
    former = user.get(records.FORMER_PASSWORDS, [])
    if size and (_is_password_of(user, password) or password in former[-size:]):
        raise Refusal("PasswordHistoryPolicyViolationException", "Password has previously been used")


def set_password(pool: Json, user: Json, password: str) -> None:
    """Check the pool's policy and set a permanent password; a lockout continues."""
    check_policy(pool, user, password)
    keep_former(user)
    user |= {"_password": password, "UserStatus": "CONFIRMED", "UserLastModifiedDate": cognito._now_epoch()}


def keep_former(user: Json) -> None:
    """Add the current password to the user's history before it is replaced."""
    user.setdefault(records.FORMER_PASSWORDS, []).append(user.get("_password"))
    del user[records.FORMER_PASSWORDS][:-24]


def _is_password_of(user: Json, password: object) -> bool:
    kept = user.get("_password")
    return bool(kept) and hmac.compare_digest(str(kept).encode(), str(password).encode("utf-8", "surrogatepass"))


def _lock_seconds(failures: int) -> float:
    return 0 if failures < _FREE_FAILURES else min(2 ** (failures - _FREE_FAILURES), _LONGEST_LOCK)
