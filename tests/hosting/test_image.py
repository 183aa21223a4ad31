"""The image: built as `make image` does, run with every hardening flag, on the way from sign-up to log-out."""

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hosting.conftest import IMAGES
from tests.hosting.containers import start
from tests.support.api_client import Account, Mailbox
from tests.support.docker import Docker
from tests.support.servers import ROOT, free_port

IMAGE = IMAGES[0]


def in_image(docker: Docker, program: str) -> Any:
    """Return what a Python program in the image prints as JSON."""
    return json.loads(docker("run", "--rm", "--network=none", "--entrypoint=python", IMAGE, "-c", program))


@pytest.fixture
def container(docker: Docker, emulator_url: str, outputs_file: Path) -> Generator[tuple[str, str]]:
    """The id of a running container, and the URL of its API."""
    identifier, port = start(docker, IMAGE, outputs_file, emulator_url)
    yield identifier, f"http://127.0.0.1:{port}"
    docker("rm", "--force", identifier)


def test_container_serves_from_sign_up_to_log_out(container: tuple[str, str], mailbox: Mailbox) -> None:
    _, url = container
    with httpx.Client(base_url=url, timeout=15) as api:
        account = Account.verified(api, mailbox)
        token = account.log_in().json()["access_token"]
        assert account.log_out(token).status_code == 204
        assert account.session(token).status_code == 401


def test_sigterm_ends_the_container_with_success(docker: Docker, container: tuple[str, str]) -> None:
    identifier, _ = container
    docker("stop", "--time=25", identifier)
    state = json.loads(docker("inspect", "--format={{json .State}}", identifier))
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)


def test_container_says_that_it_is_healthy(docker: Docker, container: tuple[str, str]) -> None:
    identifier, url = container
    _, *check = json.loads(docker("inspect", "--format={{json .Config.Healthcheck.Test}}", IMAGE))
    # The check asks port 8000, and this container has another one.
    assert docker("exec", identifier, *check, url.rpartition(":")[2]) == ""
    with pytest.raises(AssertionError):
        docker("exec", identifier, *check, str(free_port()))
    assert '"route": "/readyz"' in docker("logs", identifier, both=True)


def test_image_has_the_locked_packages_and_no_installer(docker: Docker) -> None:
    names = "import importlib.metadata as m, json; print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
    installed = {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in in_image(docker, names)}
    lock = (ROOT / "requirements/api.txt").read_text()
    locked = {
        (name.lower(), version) for name, version in re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", lock, re.MULTILINE)
    }
    assert installed <= locked
    # The lock is for every platform and Python.
    assert {name for name, _ in locked - installed} <= {"colorama", "async-timeout", "typing-inspection"}


def test_image_has_neither_secrets_nor_tests_nor_build_tools(docker: Docker) -> None:
    program = (
        "import json, os, shutil; "
        "found = sorted(os.listdir('/srv')); "
        "tools = [t for t in ('pip', 'pip3', 'gcc', 'make', 'git', 'curl') if shutil.which(t)]; "
        "sources = [os.path.join(a, f) for a, _, fs in os.walk('/srv') for f in fs]; "
        "print(json.dumps([found, tools, [s for s in sources if not s.endswith(('.py', '.pyc', '.typed', '.txt'))]]))"
    )
    found, tools, others = in_image(docker, program)
    assert (found, tools) == (["api", "cognito_tokens"], [])
    # With the pages, and the API reference with its licence.
    assert {Path(name).suffix or Path(name).name for name in others} <= {
        *(".css", ".gz", ".html", ".js", ".md", ".toml"),
        *("LICENSE", "NOTICE", "SHA256SUMS"),
    }


def test_image_runs_as_a_user_without_rights(docker: Docker) -> None:
    config = json.loads(docker("inspect", "--format={{json .Config}}", IMAGE))
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/venv/bin/python", "-m", "api"]
    assert config["Labels"]["org.opencontainers.image.version"] == "0"
    assert not [name for name in config["Env"] if "SECRET" in name]
