"""CDK Terrain, the maintained fork of the archived cdktf: the same sources, the same Terraform, the same state."""

import json
import subprocess
from typing import Any

import pytest

from tests.e2e.deployments import outputs_of
from tests.e2e.terraform import TerraformWorkspace
from tests.support.servers import ROOT, environment
from tests.support.stacks import SCENARIOS, synthesize, synthesize_state_bucket

PYTHON = ROOT / ".venv-cdktn/bin/python"
PROGRAM = """
import json
import stacks  # makes cdktf an alias of cdktn
from tests.support.stacks import SCENARIOS, synthesize, synthesize_state_bucket
found = {name: synthesize(props) for name, props in SCENARIOS.items()}
print(json.dumps({**found, "state_bucket": synthesize_state_bucket()}))
"""


@pytest.fixture(scope="module")
def terrain() -> dict[str, Any]:
    """Every scenario synthesized by CDK Terrain."""
    settings = environment(PATH=f"{ROOT / '.venv/bin'}:/usr/bin:/bin", PYTHONPATH=str(ROOT))
    command = [str(PYTHON), "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def comparable(stack: dict[str, Any]) -> dict[str, Any]:
    """Leave out the parts that name the tool or pin the provider."""
    return {name: value for name, value in stack.items() if name not in {"//", "terraform"}}


@pytest.mark.parametrize("scenario", [*SCENARIOS, "state_bucket"])
def test_cdk_terrain_synthesizes_same_stack(terrain: dict[str, Any], scenario: str) -> None:
    here = synthesize_state_bucket() if scenario == "state_bucket" else synthesize(SCENARIOS[scenario])
    assert comparable(terrain[scenario]) == comparable(here)
    (pin,) = terrain[scenario]["terraform"]["required_providers"].values()
    assert pin["source"] in {"aws", "hashicorp/aws"}


def test_cdk_terrain_takes_over_a_state_of_cdktf(workshop: TerraformWorkspace) -> None:
    throw_away: dict[str, Any] = {"USER_POOL_REMOVAL_POLICY": "destroy"}
    workshop.make("deploy", "--auto-approve", **throw_away)
    before = outputs_of(workshop)
    throw_away["IAC"] = "cdktn"
    assert "No changes" in workshop.make("diff", **throw_away)
    workshop.make("deploy", "--auto-approve", **throw_away)
    assert outputs_of(workshop) == before
    workshop.make("destroy", "--auto-approve", **throw_away)


def test_unknown_tool_is_refused() -> None:
    command = ["make", "--dry-run", "diff", "IAC=cdk"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "IAC = cdk; allowed: cdktn (CDK Terrain), or unset (cdktf)" in done.stderr
