"""The lean import depends on the layout of the bindings; these tests fail when the layout changes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.servers import ROOT, environment

# Collections while two thousand modules are loaded would take a fifth of the time.
PLAIN = """
import gc, runpy
gc.disable()
import cdktf, cdktf_cdktf_provider_aws
runpy.run_path("main.py", run_name="__main__")
"""
LEAN = "import runpy, sys; runpy.run_path('main.py', run_name='__main__'); print(len(sys.modules))"


def synthesize(program: str, out: Path) -> bytes:
    settings = environment(CDKTF_OUTDIR=str(out), PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=settings, check=True, capture_output=True)
    return (out / "stacks/auth/cdk.tf.json").read_bytes()


def test_lean_import_synthesizes_identical_bytes(tmp_path: Path) -> None:
    assert synthesize(LEAN, tmp_path / "lean") == synthesize(PLAIN, tmp_path / "plain")


def test_lean_import_loads_few_python_modules() -> None:
    counts = "import stacks.aws, sys; print(sum(name.startswith('cdktf_cdktf_provider_aws.') for name in sys.modules))"
    settings = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        [sys.executable, "-c", counts], cwd=ROOT, env=settings, check=True, capture_output=True, text=True
    )
    # Out of more than two thousand.
    assert int(done.stdout) < 60


COUNTER = """
const fs = require("node:fs");
process.on("exit", () => {
  const loaded = Object.keys(require.cache).filter((name) => /provider-aws[\\\\/]lib/.test(name)).length;
  fs.appendFileSync(process.env.COUNTS, `${loaded}\\n`);
});
"""


def test_lean_import_loads_few_node_modules(tmp_path: Path) -> None:
    counter, counts = tmp_path / "counter.js", tmp_path / "counts"
    counter.write_text(COUNTER)
    settings = environment(
        CDKTF_OUTDIR=str(tmp_path / "out"),
        COUNTS=str(counts),
        NODE_OPTIONS=f"--require {counter}",
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    )
    subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=settings, check=True, capture_output=True)
    # Each Node process writes a line; one of them loads the constructs.
    assert 0 < max(map(int, counts.read_text().split())) < 60
