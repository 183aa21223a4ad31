"""One Docker daemon with the image, built twice, for all tests of a worker."""

import os
import shutil
from collections.abc import Generator

import pytest

from tests.support.docker import Docker, build_base, running_docker, why_not
from tests.support.servers import ROOT

IMAGES = ("cognito-sign-in:one", "cognito-sign-in:two")


def require(missing: str | None) -> None:
    """Skip the test where something is missing; in CI nothing may be."""
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def tool(name: str, package: str) -> str | None:
    """Return why a program cannot be used."""
    return None if shutil.which(name) else f"not installed: {name} (Debian: {package})"


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Generator[Docker]:
    require(why_not())
    with running_docker(tmp_path_factory.mktemp("docker")) as docker:
        yield docker


@pytest.fixture(scope="session")
def base(daemon: Docker, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build_base(daemon, tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def docker(daemon: Docker, base: str) -> Docker:
    for version, image in enumerate(IMAGES):
        # The version is a label, so that the second image has another id and the same layers.
        build = ["build", "--network=host", f"--build-arg=BASE={base}", f"--build-arg=VERSION={version}"]
        daemon(*build, f"--tag={image}", str(ROOT))
    return daemon
