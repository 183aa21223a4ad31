"""The OpenAPI document matches its snapshot, passes the linter, and has examples for every body."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from api.app import create_app
from api.web.openapi_examples import REQUESTS, RESPONSES
from tests.support.servers import ROOT

# Operations without a response body that could have an example.
EMPTY = {"add_passkey"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(create_app().openapi()))


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def condensed(document: dict[str, Any]) -> dict[str, Any]:
    """Reduce each error response to its slugs: the texts are tested elsewhere and repeat for every operation."""
    found: dict[str, Any] = json.loads(json.dumps(document))
    for operation in operations(found):
        for status, response in operation["responses"].items():
            if status >= "400":
                operation["responses"][status] = sorted(response["content"]["application/problem+json"]["examples"])
    return found


def test_document_matches_snapshot(document: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert condensed(document) == snapshot(extension_class=JSONSnapshotExtension)


def test_document_passes_linter(document: dict[str, Any], tmp_path: Path) -> None:
    """The linter also validates every example against its schema."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    command = [
        str(ROOT / "node_modules/.bin/spectral"),
        "lint",
        str(path),
        f"--ruleset={ROOT / 'tests/contract/spectral.yaml'}",
        "--fail-severity=hint",
    ]
    binaries = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_operation_has_summary_and_description(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert operation["summary"]
        assert len(operation["description"]) > 10


def test_every_body_has_example(document: dict[str, Any]) -> None:
    for operation in operations(document):
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"], operation["operationId"]
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                assert content.get("examples"), (operation["operationId"], status)


def test_examples_name_existing_operations(document: dict[str, Any]) -> None:
    names = {operation["operationId"] for operation in operations(document)}
    assert REQUESTS.keys() | RESPONSES.keys() <= names - EMPTY | {"add_passkey"}


def test_error_responses_are_problem_json(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]
