"""Benchmark of ``python main.py``: lean import of the provider bindings compared with a plain import."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Result, at_most, figure

ROOT = Path(__file__).parent.parent
ROUNDS = 3
LEAN = "import runpy; runpy.run_path('main.py', run_name='__main__')"
PLAIN = f"import cdktf, cdktf_cdktf_provider_aws; {LEAN}"


def measure() -> list[Result]:
    """Return the medians of interleaved rounds, and their ratio."""
    lean, plain = zip(*((_seconds(LEAN), _seconds(PLAIN)) for _ in range(ROUNDS)), strict=True)
    fast, slow = statistics.median(lean), statistics.median(plain)
    return [
        figure("python main.py", fast, "s"),
        figure("python main.py with a plain import of the bindings", slow, "s"),
        at_most("lean / plain", fast / slow, "x", 0.25),
    ]


def _seconds(program: str) -> float:
    with tempfile.TemporaryDirectory() as out:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "CDKTF_OUTDIR": out, "PATH": path}
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603 - our own program
        return time.perf_counter() - start
