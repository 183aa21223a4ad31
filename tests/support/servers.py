"""Real servers for tests: the API under uvicorn, and the emulator."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_OURS = (
    "AWS_",
    "NODE_OPTIONS",
    "ADOPT_",
    "ENVIRONMENT",
    "STATE",
    "USER_POOL_",
    "POLICY_",
    "CLIENT_SECRET_",
    "COGNITO_",
    "STACK_",
    "UPSTREAM_",
    "RATE_",
    "CONCEALMENT_",
    "TRUSTED_",
    "VERIFY_",
    "LOG_",
    "METRICS",
    "PROBLEM_",
    "REVEAL_",
    "REVOCATION_",
    "ADMIN_",
    "AUDIT_",
    "AUTH_",
    "APP_",
    "CORS_",
    "COOKIE_",
    "OAUTH_",
    "PASSKEY_",
    "PASSWORDLESS",
    "PROFILE_",
    "SEALING_",
    "SESSION_",
    "NOTICES_",
    "LIMITS",
    "BREACHED_",
    "DOCS",
    "PAGES",
    "RETURN_",
)


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**settings: str) -> dict[str, str]:
    """Return this environment without the settings of any deployment, and with ``settings``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**inherited, **settings}


# Tests create many accounts from one IP address and cannot wait a second for each.
FAST_SETTINGS = {"CONCEALMENT_SECONDS": "0", "RATE_LIMITS": "off"}


def uvicorn_command(port: int, *options: str) -> list[str]:
    """Return the command of the README, on ``port``."""
    return [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port), *options]


@contextmanager
def running_api(log: Path, settings: Mapping[str, str], *options: str) -> Generator[str]:
    """Run the API under uvicorn until the end of the block; yield its URL."""
    port = free_port()
    variables = environment(**FAST_SETTINGS | dict(settings))
    with log.open("ab") as output:
        server = subprocess.Popen(
            uvicorn_command(port, *options), cwd=ROOT, env=variables, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/livez", server, log)
        yield url
    finally:
        stop(server, log)


def stop(server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Terminate the server; fail if it has to be killed after 30 seconds."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
    assert server.wait() != -signal.SIGKILL, f"the server did not stop: {log.read_text()}"


def wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path, seconds: float = 20) -> None:
    """Wait until ``url`` returns 200."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, f"the server exited: {log.read_text()}"
            assert time.monotonic() < end, f"no response within {seconds} s: {log.read_text()}"
            time.sleep(0.05)
