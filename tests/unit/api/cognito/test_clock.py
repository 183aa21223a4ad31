import logging
import time
from email.utils import formatdate

import pytest

from api.cognito import clock as module
from api.cognito.clock import CognitoClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> CognitoClock:
    monkeypatch.setattr(module, "_BETWEEN_SECONDS", 0.0)
    return CognitoClock()


@pytest.mark.parametrize("ahead", [-3600, -6, 6, 300])
def test_difference_is_measured_and_told_once(
    clock: CognitoClock, caplog: pytest.LogCaptureFixture, ahead: int
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            clock.observe(formatdate(time.time() + ahead, usegmt=True), time.time())
    assert clock.offset_seconds == pytest.approx(ahead, abs=1.6)
    assert clock.now() == pytest.approx(time.time() + ahead, abs=1.6)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_difference_within_the_resolution_is_none(clock: CognitoClock, ahead: int) -> None:
    clock.observe(formatdate(int(time.time()) + ahead, usegmt=True), time.time())
    assert clock.offset_seconds == 0


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sat, 99 Nov 2026 14:00:00 GMT"])
def test_unreadable_date_is_ignored(clock: CognitoClock, date: str | None) -> None:
    clock.observe(date, time.time())
    assert clock.offset_seconds == 0


def test_corrected_clock_ends_the_difference(clock: CognitoClock) -> None:
    clock.observe(formatdate(time.time() + 60, usegmt=True), time.time())
    clock.observe(formatdate(time.time(), usegmt=True), time.time())
    assert clock.offset_seconds == 0


def test_measured_at_most_every_30_seconds() -> None:
    clock = CognitoClock()
    clock.observe(formatdate(time.time(), usegmt=True), time.time())
    clock.observe(formatdate(time.time() + 60, usegmt=True), time.time())
    assert clock.offset_seconds == 0


@pytest.mark.parametrize("seconds", [4, 60, 600])
def test_response_that_was_read_late_measures_nothing(clock: CognitoClock, seconds: int) -> None:
    """The process was paused: the header is old, although the clocks agree."""
    clock.observe(formatdate(time.time() - seconds, usegmt=True), time.time() - seconds)
    assert clock.offset_seconds == 0
