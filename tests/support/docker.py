"""A Docker daemon for the tests: a running one, or one that is started with its own directories, and ended."""

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

# Each worker of a run has a daemon, and so a network, of its own; never Docker's usual one, which this host may use.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
_BRIDGE = f"sign-in-{_WORKER}"
GATEWAY = f"172.30.{60 + int(_WORKER)}.1"
"""Address of this host in the network of the containers."""
# Debian's client: a newer one needs a plug-in to build.
CLIENT = "/usr/bin/docker"


def why_not() -> str | None:
    """Return why no container can be run here."""
    if os.environ.get("DOCKER_HOST"):
        return None
    missing = [name for name in ("dockerd", "mmdebstrap") if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: docker.io, mmdebstrap)"
    return "a Docker daemon needs root" if os.geteuid() else None


def _client() -> str:
    return CLIENT if Path(CLIENT).exists() else "docker"


class Docker:
    """The command line of one daemon."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._environment = {**os.environ, "DOCKER_HOST": host, "DOCKER_BUILDKIT": "1"}

    def __call__(self, *arguments: str, check: bool = True, both: bool = False) -> str:
        """Run a command, and return its output; ``both``: standard error, too, where containers log."""
        done = subprocess.run(
            [_client(), *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return (done.stdout + (done.stderr if both else "")).strip()

    def succeeds(self, *arguments: str) -> bool:
        """Run a command, and return whether it succeeded."""
        return (
            subprocess.run([_client(), *arguments], env=self._environment, capture_output=True, check=False).returncode
            == 0
        )


@contextmanager
def running_docker(directory: Path) -> Generator[Docker]:
    """Yield a daemon's command line; without DOCKER_HOST, of a daemon of its own."""
    if host := os.environ.get("DOCKER_HOST"):
        yield Docker(host)
        return
    socket = f"unix://{directory}/sock"
    command = ["dockerd", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]
    command += ["--bridge", _BRIDGE, "--data-root", f"{directory}/data", "--exec-root", f"{directory}/exec"]
    command += ["--pidfile", f"{directory}/pid", "-H", socket]
    with _bridge(), (directory / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as daemon:
        try:
            docker = Docker(socket)
            end = time.monotonic() + 30
            while not docker("version", "--format", "{{.Server.Version}}", check=False):
                assert daemon.poll() is None, (directory / "log").read_text()
                assert time.monotonic() < end, (directory / "log").read_text()
                time.sleep(0.2)
            yield docker
        finally:
            daemon.terminate()
            daemon.wait(30)
            # What the daemon leaves, and what would keep the directory from being removed.
            subprocess.run(["umount", f"{directory}/exec/netns/default"], capture_output=True, check=False)


@contextmanager
def _bridge() -> Generator[None]:
    """Have a network for the containers until the block ends; one that a killed run has left is replaced."""
    delete = ["ip", "link", "delete", _BRIDGE]
    subprocess.run(delete, capture_output=True, check=False)
    subprocess.run(["ip", "link", "add", "name", _BRIDGE, "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "address", "add", f"{GATEWAY}/24", "dev", _BRIDGE], check=True)
        subprocess.run(["ip", "link", "set", _BRIDGE, "up"], check=True)
        yield
    finally:
        subprocess.run(delete, capture_output=True, check=False)


def build_base(docker: Docker, directory: Path) -> str:
    """Return the name of a base image: BASE, or Debian's packages without a registry."""
    if base := os.environ.get("BASE"):
        return base
    archive = directory / "base.tar"
    packages = "--include=python3-minimal,python3-venv,ca-certificates"
    made = ["mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", str(archive)]
    subprocess.run(made, capture_output=True, check=True)
    docker("import", str(archive), "test/debian")
    # This machine's authorities: package registries may be behind a proxy of its own.
    context = directory / "base"
    context.mkdir()
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", context / "authorities.crt")
    lines = ["FROM test/debian", "COPY authorities.crt /etc/ssl/certs/ca-certificates.crt"]
    (context / "Dockerfile").write_text("\n".join(lines) + "\n")
    docker("build", "--quiet", "--tag=test/base", str(context))
    return "test/base"
