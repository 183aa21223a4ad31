"""Lifetimes of the local Cognito's codes, too long for the scenarios to wait for."""

import time
from typing import Any

import pytest

from local.cognito import codes
from local.cognito.refusals import Refusal

HOUR = 3600
LIVES = [("sign-up", 24 * HOUR), ("email", 24 * HOUR), ("reset", HOUR)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.time()]
    monkeypatch.setattr("local.cognito.codes.time.time", lambda: now[0])
    return now


@pytest.mark.parametrize(("purpose", "life"), LIVES)
def test_code_expires_after_its_lifetime(clock: list[float], purpose: str, life: int) -> None:
    user: dict[str, Any] = {}
    code = codes.issue(user, purpose)
    clock[0] += life - 1
    codes.check(user, purpose, code)
    clock[0] += 2
    with pytest.raises(Refusal) as caught:
        codes.check(user, purpose, code)
    assert caught.value.code == "ExpiredCodeException"


def test_sign_in_code_expires_after_three_minutes(clock: list[float]) -> None:
    user: dict[str, Any] = {}
    code = codes.issue(user, "otp")
    clock[0] += 181
    assert not codes.is_right(user, "otp", code)


def test_attempt_limits_reset_after_one_hour(clock: list[float]) -> None:
    user: dict[str, Any] = {}
    code = codes.issue(user, "sign-up")
    for _ in range(15):
        with pytest.raises(Refusal, match="try again"):
            codes.check(user, "sign-up", "x")
    with pytest.raises(Refusal, match="Attempt limit exceeded"):
        codes.check(user, "sign-up", code)
    for _ in range(5):
        codes.count_resend(user, "sign-up")
    with pytest.raises(Refusal, match="Attempt limit exceeded"):
        codes.count_resend(user, "sign-up")
    clock[0] += HOUR + 1
    codes.count_resend(user, "sign-up")
    codes.check(user, "sign-up", code)


def test_used_code_is_refused() -> None:
    user: dict[str, Any] = {}
    code = codes.issue(user, "reset")
    codes.use_up(user, "reset")
    with pytest.raises(Refusal):
        codes.check(user, "reset", code)
