"""Tests of the whole application in process: without pauses, but for tests of these (mark ``waits``)."""

import pytest


@pytest.fixture(autouse=True)
def no_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait neither between retries nor, after a revocation, for the next second."""
    if request.node.get_closest_marker("waits"):
        return

    async def at_once(*_: object) -> None:
        pass

    monkeypatch.setattr("api.cognito.transport._FIRST_BACKOFF", 0.0)
    monkeypatch.setattr("api.sessions.service._sleep_until", at_once)
