"""Benchmark of the image: its size, and the memory and the time of a container until it is ready."""

import statistics
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.report import Result, at_most
from bench.servers import PYTHON, ROOT, free_port, memory_mb, process, wait_for
from tests.support.docker import Docker, build_base, running_docker, why_not
from tests.support.tokens import KEY

IMAGE = "cognito-sign-in:bench"
STARTS = 5


def measure() -> list[Result]:
    """Return the rows, or none where no container can run; the size is with the base of the tests."""
    if reason := why_not():
        print(f"image: not measured: {reason}")
        return []
    with tempfile.TemporaryDirectory() as name, running_docker(Path(name)) as docker:
        base = build_base(docker, Path(name))
        docker("build", "--network=host", f"--build-arg=BASE={base}", f"--tag={IMAGE}", str(ROOT))
        size = int(docker("image", "inspect", "--format={{.Size}}", IMAGE)) / 1e6
        (jwks := Path(name) / "jwks.json").write_bytes(KEY.jwks())
        with process([str(PYTHON), "-m", "bench.upstream", str(port := free_port()), "0", str(jwks)], 1):
            wait_for(port)
            runs = [_start(docker, port) for _ in range(STARTS)]
    return [
        at_most("image: size with the base of the tests", size, "MB", 320),
        at_most("image: resident memory when ready", statistics.median(run[0] for run in runs), "MiB", 60),
        at_most("image: from `docker run` to ready", statistics.median(run[1] for run in runs), "s", 1.5),
    ]


def _start(docker: Docker, upstream: int) -> tuple[float, float]:
    """Return the memory in MiB and the seconds of one start."""
    port = free_port()
    environment = {
        "COGNITO_USER_POOL_ID": "us-east-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "clientid",
        "COGNITO_CLIENT_SECRET": "secret",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{upstream}",
    }
    settings = [f"--env={name}={value}" for name, value in environment.items()]
    began = time.monotonic()
    identifier = docker("run", "--detach", "--network=host", "--read-only", *settings, IMAGE, "--port", str(port))
    try:
        while not _is_ready(port):
            time.sleep(0.01)
        seconds = time.monotonic() - began
        return memory_mb(int(docker("inspect", "--format={{.State.Pid}}", identifier))), seconds
    finally:
        docker("rm", "--force", identifier)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False
