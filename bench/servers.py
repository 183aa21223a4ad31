"""Processes for benchmarks: servers run on the first core, load generators on the second."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = Path(sys.executable)
TICKS = os.sysconf("SC_CLK_TCK")


def uvicorn_of(python: Path, app: str, port: int, workers: int = 1) -> list[str]:
    """Return the command that serves ``app``."""
    command = [str(python), "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--backlog", "2048"]
    return [*command, "--workers", str(workers)] if workers > 1 else command


@contextmanager
def process(command: list[str], core: int | None, **settings: str) -> Generator["subprocess.Popen[bytes]"]:
    """Run ``command`` on ``core``, or on all of them, until the end of the block."""
    stack = {
        "COGNITO_USER_POOL_ID": "us-east-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "clientid",
        "COGNITO_CLIENT_SECRET": "secret",
    }
    environment = os.environ | stack | settings
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    if core is not None:
        os.sched_setaffinity(child.pid, {core % (os.cpu_count() or 1)})
    try:
        yield child
    finally:
        workers = children(child.pid)
        child.kill()
        child.wait()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


def load_of(port: int, clients: int, seconds: float, requests: Path | None = None) -> dict[str, float]:
    """Load ``port`` and return requests, errors and seconds; ``requests`` is a JSON file of requests sent in turn."""
    command = [str(PYTHON), "-m", "bench.load", str(port), str(clients), str(seconds)]
    command += [str(requests)] if requests else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as load:  # noqa: S603 - our own program
        os.sched_setaffinity(load.pid, {1 % (os.cpu_count() or 1)})
        output, _ = load.communicate()
    return json.loads(output)


def wait_for(port: int) -> None:
    """Wait until a server responds to HTTP on ``port``."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"no server responds on port {port}"
    raise TimeoutError(message)


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time used by a process and its workers."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    return own + sum(cpu_seconds(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
