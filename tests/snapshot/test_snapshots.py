import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.hosting import SCENARIOS as HOSTING
from tests.support.stacks import SCENARIOS, synthesize, synthesize_hosting, synthesize_state_bucket


def masked(stack: dict[str, Any]) -> str:
    stack["terraform"]["required_providers"]["aws"]["version"] = "masked"
    return json.dumps(stack, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(terraform_json: SnapshotAssertion, scenario: str) -> None:
    assert masked(synthesize(SCENARIOS[scenario])) == terraform_json


@pytest.mark.parametrize("scenario", HOSTING)
def test_hosting(terraform_json: SnapshotAssertion, scenario: str) -> None:
    assert masked(synthesize_hosting(HOSTING[scenario])) == terraform_json


def test_state_bucket(terraform_json: SnapshotAssertion) -> None:
    assert masked(synthesize_state_bucket()) == terraform_json


def test_provider_version_is_pinned(stack: dict[str, Any]) -> None:
    assert stack["terraform"]["required_providers"] == {"aws": {"source": "aws", "version": "6.25.0"}}
