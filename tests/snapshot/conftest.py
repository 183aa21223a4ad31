from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.support.stacks import synthesize


class TerraformJson(SingleFileSnapshotExtension):
    """Snapshot extension that writes one `.tf.json` file per scenario."""

    file_extension = "tf.json"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def terraform_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TerraformJson)


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    return synthesize()


@pytest.fixture(scope="session")
def user_pool(stack: dict[str, Any]) -> dict[str, Any]:
    return stack["resource"]["aws_cognito_user_pool"]["user_pool"]


@pytest.fixture(scope="session")
def client(stack: dict[str, Any]) -> dict[str, Any]:
    return stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
