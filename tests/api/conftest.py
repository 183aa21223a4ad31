"""Tests of the whole application in process: without pauses that production needs."""

import pytest


@pytest.fixture(autouse=True)
def no_pause_between_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cognito.transport._FIRST_BACKOFF", 0.0)


@pytest.fixture(autouse=True)
def no_wait_for_next_second(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the next second after a revocation, but for tests of what that wait is for (mark ``waits``)."""
    if request.node.get_closest_marker("waits") is None:

        async def at_once(_: int) -> None:
            pass

        monkeypatch.setattr("api.sessions.service._sleep_until", at_once)
