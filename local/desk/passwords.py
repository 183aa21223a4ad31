"""Passwords: checked with lock-out, set with policy and history.

Source: "Lockout behavior for failed sign-in attempts" and "Adding user pool password requirements" of the Cognito
developer guide. They are kept in clear, as ministack keeps them: this is a desk-top tool for invented users.
"""

import hmac
import time
from typing import Any

from local.desk.emulator import Json, body_of, cognito, section
from local.desk.refusals import Refusal, not_authorized

_FREE_FAILURES = 5
_LONGEST_LOCK = 900
_CLEAN_AFTER = 900


def check_password(user: Json, password: object) -> None:
    """Raise NotAuthorizedException unless ``password`` is the user's, or while wrong ones have locked the user out."""
    failures: dict[str, Any] = user.setdefault("_failures", {"count": 0, "last": 0.0})
    if time.time() - failures["last"] > _CLEAN_AFTER:
        failures["count"] = 0
    if time.time() < failures["last"] + _lock_seconds(failures["count"]):
        raise not_authorized("Password attempts exceeded")
    if not _is_password_of(user, password):
        failures |= {"count": failures["count"] + 1, "last": time.time()}
        raise not_authorized()
    failures["count"] = 0


def check_policy(pool: Json, user: Json, password: str) -> None:
    """Raise InvalidPasswordException or PasswordHistoryPolicyViolationException for what the pool does not allow."""
    refused = cognito._validate_password(pool, password)
    if refused:
        body_of(refused)
    size = section(pool, "Policies", "PasswordPolicy").get("PasswordHistorySize", 0)
    former = user.get("_former_passwords", [])
    if size and (_is_password_of(user, password) or password in former[-size:]):
        raise Refusal("PasswordHistoryPolicyViolationException", "Password has previously been used")


def set_password(pool: Json, user: Json, password: str) -> None:
    """Give the user a permanent password that the pool allows."""
    check_policy(pool, user, password)
    user.setdefault("_former_passwords", []).append(user.get("_password"))
    del user["_former_passwords"][:-24]
    user |= {"_password": password, "UserStatus": "CONFIRMED", "UserLastModifiedDate": cognito._now_epoch()}
    user.pop("_failures", None)


def _is_password_of(user: Json, password: object) -> bool:
    kept = user.get("_password")
    return bool(kept) and hmac.compare_digest(str(kept).encode(), str(password).encode("utf-8", "surrogatepass"))


def _lock_seconds(failures: int) -> float:
    return 0 if failures < _FREE_FAILURES else min(2 ** (failures - _FREE_FAILURES), _LONGEST_LOCK)
