"""Cold start: import and construction of the application compared with ``import fastapi``, both from bytecode.

pip compiles installed packages. This repository's bytecode is written in the first round, which the median ignores;
PYTHONDONTWRITEBYTECODE is removed from the environment for this.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.report import Result, at_most, figure

ROOT = Path(__file__).parent.parent
ROUNDS = 7
PROGRAM = """
import json, time
start = time.perf_counter()
{imports}
seconds = time.perf_counter() - start
status = open("/proc/self/status").read()
print(json.dumps([seconds * 1000, int(status.partition("VmRSS:")[2].split()[0]) / 1024]))
"""


def measure() -> list[Result]:
    """Return the medians of interleaved rounds, and their ratio."""
    ours, fastapi = zip(*((_run("import api.main"), _run("import fastapi")) for _ in range(ROUNDS)), strict=True)
    milliseconds = statistics.median(run[0] for run in ours)
    limit = statistics.median(run[0] for run in fastapi)
    memory = statistics.median(run[1] for run in ours)
    return [
        figure("start: import and construct the application", milliseconds, "ms"),
        figure("start: import fastapi", limit, "ms"),
        at_most("start: ours / import fastapi", milliseconds / limit, "x", 1.5),
        at_most("start: resident memory", memory, "MB", 65),
    ]


def _run(imports: str) -> tuple[float, float]:
    command = [sys.executable, "-c", PROGRAM.format(imports=imports)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    milliseconds, megabytes = json.loads(done.stdout)
    return milliseconds, megabytes
