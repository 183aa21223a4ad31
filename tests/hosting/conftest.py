"""One Docker daemon with the image, built twice, for all tests of a worker."""

from collections.abc import Generator

import pytest

from tests.support.docker import Docker, build_base, running_docker, why_not
from tests.support.servers import ROOT

IMAGES = ("cognito-sign-in:one", "cognito-sign-in:two")


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Generator[Docker]:
    if reason := why_not():
        pytest.skip(reason)
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
