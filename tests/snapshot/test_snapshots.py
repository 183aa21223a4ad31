import json
from typing import Any

from syrupy.assertion import SnapshotAssertion

from stacks.user_pool import RemovalPolicy
from tests.support.stacks import synthesize


def masked(stack: dict[str, Any]) -> str:
    stack["terraform"]["required_providers"]["aws"]["version"] = "masked"
    return json.dumps(stack, indent=2, sort_keys=True) + "\n"


def test_auth(terraform_json: SnapshotAssertion) -> None:
    assert masked(synthesize()) == terraform_json


def test_auth_destroyable(terraform_json: SnapshotAssertion) -> None:
    assert masked(synthesize(RemovalPolicy.DESTROY)) == terraform_json


def test_auth_with_revocation_table(terraform_json: SnapshotAssertion) -> None:
    assert masked(synthesize(revocation_table="sign-in-revocations")) == terraform_json


def test_the_provider_is_pinned_to_one_version(stack: dict[str, Any]) -> None:
    assert stack["terraform"]["required_providers"] == {"aws": {"source": "aws", "version": "6.25.0"}}
