"""The tools that judge the image and the stack: they pass what is there, and find what is wrong."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.hosting import SCENARIOS
from tests.support.servers import ROOT, environment
from tests.support.stacks import synthesize_hosting

Json = dict[str, Any]
HADOLINT = ROOT / ".venv-image/bin/hadolint"
CHECKOV = ROOT / ".venv-policy/bin/checkov"


def lint(text: str) -> str:
    done = subprocess.run([HADOLINT, "-"], input=text, capture_output=True, text=True, check=False)
    return done.stdout


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert lint(text) == ""
    assert "DL3002" in lint(text.replace("USER 65532:65532", "USER root"))


def test_bill_of_materials_is_the_lock() -> None:
    subprocess.run(["make", "--no-print-directory", "sbom"], cwd=ROOT, env=environment(), check=True)
    components: list[Json] = json.loads((ROOT / "sbom.json").read_text())["components"]
    lock = (ROOT / "requirements/api.txt").read_text()
    locked = set(re.findall(r"^([\w.-]+?)(?:\[\w+\])?==([\w.]+)", lock, re.MULTILINE))
    assert {(row["name"], row["version"]) for row in components} == locked


def judge(stack: Json, directory: Path) -> str:
    directory.mkdir()
    file = directory / "cdk.tf.json"
    file.write_text(json.dumps(stack))
    configuration = ROOT / "stacks/checks/checkov.yaml"
    command = [str(CHECKOV), "--config-file", str(configuration), "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ("Failed checks: 0" in done.stdout) == (done.returncode == 0)
    return done.stdout


@pytest.mark.parametrize("scenario", ["hosting", "hosting_with_everything", "hosting_in_existing_network"])
def test_checkov_finds_nothing_in_the_stack(scenario: str, tmp_path: Path) -> None:
    assert re.search(
        r"Passed checks: \d\d+, Failed checks: 0", judge(synthesize_hosting(SCENARIOS[scenario]), tmp_path / "it")
    )


def test_checkov_finds_a_weakened_stack(tmp_path: Path) -> None:
    stack = synthesize_hosting(SCENARIOS["hosting"])
    (repository,) = stack["resource"]["aws_ecr_repository"].values()
    repository["image_tag_mutability"] = "MUTABLE"
    assert "CKV_AWS_51" in judge(stack, tmp_path / "it")
