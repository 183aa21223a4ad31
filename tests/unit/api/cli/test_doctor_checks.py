"""Checks of a live pool that the local Cognito cannot fail."""

import pytest

from api.cli.doctor_checks import CHECKS, Live
from tests.conftest import settings_for


@pytest.mark.parametrize("channel", ["Email", "Sms"])
def test_delivery_failure_of_pool_is_found(channel: str) -> None:
    settings = settings_for("http://127.0.0.1:1")
    (check,) = (check for check in CHECKS if f"{channel}ConfigurationFailure" in check.fix)
    assert check.holds(Live(settings, {}, {}, {}))
    assert not check.holds(Live(settings, {f"{channel}ConfigurationFailure": "InvalidRole"}, {}, {}))
