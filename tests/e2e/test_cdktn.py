"""Migration from the archived cdktf: after two replacements, CDK Terrain synthesizes the same Terraform."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.support.servers import ROOT, environment
from tests.support.stacks import SCENARIOS, synthesize, synthesize_state_bucket

PYTHON = ROOT / ".venv-cdktn/bin/python"
# In this order, because the first name contains the second.
REPLACEMENTS = (("cdktf_cdktf_provider_aws", "cdktn_provider_aws"), ("cdktf", "cdktn"))
PROGRAM = """
import json
from tests.support.stacks import SCENARIOS, synthesize, synthesize_state_bucket
found = {name: synthesize(props) for name, props in SCENARIOS.items()}
print(json.dumps({**found, "state_bucket": synthesize_state_bucket()}))
"""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every scenario synthesized by CDK Terrain, from a copy of the sources with the two replacements."""
    directory = tmp_path_factory.mktemp("cdktn")
    sources = [path for path in (ROOT / "stacks").rglob("*") if path.suffix in {".py", ".js"}]
    for source in [*sources, ROOT / "tests/support/stacks.py"]:
        target = directory / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text()
        for old, new in REPLACEMENTS:
            text = text.replace(old, new)
        target.write_text(text)
    path = f"{ROOT / '.venv/bin'}:/usr/bin:/bin"
    done = subprocess.run(
        [str(PYTHON), "-c", PROGRAM],
        cwd=directory,
        env=environment(PATH=path, PYTHONPATH=str(directory)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(directory)
    return json.loads(done.stdout)


def comparable(stack: dict[str, Any]) -> dict[str, Any]:
    """Leave out the parts that name the tool or pin the provider."""
    return {name: value for name, value in stack.items() if name not in {"//", "terraform"}}


@pytest.mark.parametrize("scenario", [*SCENARIOS, "state_bucket"])
def test_cdk_terrain_synthesizes_same_stack(migrated: dict[str, Any], scenario: str) -> None:
    here = synthesize_state_bucket() if scenario == "state_bucket" else synthesize(SCENARIOS[scenario])
    assert comparable(migrated[scenario]) == comparable(here)
    (pin,) = migrated[scenario]["terraform"]["required_providers"].values()
    assert pin["source"] in {"aws", "hashicorp/aws"}
