"""The synthesized HCL."""

import json
import re
from typing import Any

from tests.e2e.scenarios import DROPPED
from tests.e2e.terraform import TerraformWorkspace


def test_synthesized_hcl_is_valid_terraform(workshop: TerraformWorkspace) -> None:
    """The arguments that the old provider does not know are removed, as they are for the apply."""
    workshop.run("cdktf", "synth", "--hcl", "--output", "hcl", E2E_HCL="1")
    directory = workshop.directory / "hcl/stacks/auth"
    source = directory / "cdk.tf"
    source.write_text(re.sub(r'(version\s*=\s*)"6\.25\.0"', r'\1"3.39.0"', source.read_text()))
    terraform = workshop.environment["TERRAFORM_BINARY_NAME"]
    workshop.run(terraform, f"-chdir={directory}", "fmt", "-check=false")
    workshop.run(terraform, f"-chdir={directory}", "init", "-backend=false", "-no-color")
    unknown: set[str] = set()
    errors: list[dict[str, Any]] = []
    # Terraform does not validate resources that depend on a refused one, so validate several times.
    for _ in range(4):
        found = json.loads(workshop.run(terraform, f"-chdir={directory}", "validate", "-json", check=None))
        errors = [row for row in found["diagnostics"] if row["severity"] == "error"]
        assert {row["summary"] for row in errors} <= {"Unsupported argument", "Unsupported block type"}, errors
        unknown |= {match[1] for row in errors if (match := re.search(r'"(\w+)"', row["detail"]))}
        for row in sorted(errors, key=lambda row: -row["range"]["start"]["line"]):
            source.write_text(without(source.read_text(), row["range"]["start"]["line"] - 1))
    assert errors == []
    assert unknown == {name.partition(".")[2] for name in DROPPED}


def without(text: str, number: int) -> str:
    """Remove the argument or block that starts at line ``number``."""
    lines = text.splitlines()
    first = lines[number]
    indent = first[: len(first) - len(first.lstrip())]
    last = number
    if first.rstrip().endswith(("{", "[")):
        last = next(at for at in range(number + 1, len(lines)) if lines[at].startswith((f"{indent}}}", f"{indent}]")))
    return "\n".join([*lines[:number], *lines[last + 1 :]]) + "\n"
