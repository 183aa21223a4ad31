"""Emulators that run the scenarios, each started as its documentation describes."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local.cognito_process import start_emulator
from local.processes import answers
from tests.conformance.pool_fixture import Emulator
from tests.support.servers import ROOT, free_port

HERE = Path(__file__).parent
_CODE = re.compile(r"\b\d{6}\b")


@contextmanager
def all_emulators() -> Generator[list[Emulator]]:
    """Start the local Cognito, ministack, moto and cognito-local."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield [stack.enter_context(start(directory)) for start in (_local_cognito, _ministack, _moto, _cognito_local)]


@contextmanager
def _local_cognito(directory: Path) -> Generator[Emulator]:
    port = free_port()
    emulator = start_emulator(port, directory / "state", directory / "local.log")

    def code_for(_pool_id: str, address: str) -> str:
        return str(_json(f"http://127.0.0.1:{port}/messages?to={address}")["messages"][0]["code"])

    yield Emulator("local Cognito", f"http://127.0.0.1:{port}", code_for)
    emulator.stop()


@contextmanager
def _ministack(directory: Path) -> Generator[Emulator]:
    port = free_port()
    bin_directory = ROOT / ".venv-emulator" / "bin"
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "PATH": f"{bin_directory}{os.pathsep}{os.defpath}",
        "STATE_DIR": str(directory / "ministack"),
    }
    url = f"http://127.0.0.1:{port}"
    with _running(
        [str(bin_directory / "ministack")], settings, directory / "ministack.log", f"{url}/_ministack/health"
    ):

        def code_for(_pool_id: str, address: str) -> str:
            mails = [mail for mails in _json(f"{url}/_ministack/ses/messages")["messages"].values() for mail in mails]
            found = _CODE.search([mail["BodyText"] for mail in mails if address in mail["To"]][-1])
            assert found
            return found[0]

        yield Emulator("ministack, AUTH=true", url, code_for)


@contextmanager
def _moto(directory: Path) -> Generator[Emulator]:
    port = free_port()
    python = ROOT / ".venv-peers" / "bin" / "moto_server"
    settings = {**os.environ, "MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP": "true"}
    url = f"http://127.0.0.1:{port}"
    command = [str(python), "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, settings, directory / "moto.log", f"{url}/moto-api/data.json"):
        # moto sends no mail and accepts any code.
        yield Emulator("moto", url, lambda _pool_id, _address: "123456")


@contextmanager
def _cognito_local(directory: Path) -> Generator[Emulator]:
    port = free_port()
    program = HERE / "node_modules" / ".bin" / "cognito-local"
    node = Path(sys.executable).parent
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "PATH": f"{node}{os.pathsep}{os.defpath}"}
    url = f"http://127.0.0.1:{port}"
    (directory / "cognito-local").mkdir()

    def code_for(pool_id: str, address: str) -> str:
        database = json.loads((directory / "cognito-local/.cognito/db" / f"{pool_id}.json").read_text())
        users = [user for user in database["Users"].values() if address in json.dumps(user["Attributes"])]
        return str(users[0].get("ConfirmationCode") or users[0].get("AttributeVerificationCode"))

    log, cwd = directory / "cognito-local.log", directory / "cognito-local"
    with _running([str(program)], settings, log, f"{url}/health", cwd):
        yield Emulator("cognito-local", url, code_for)


@contextmanager
def _running(
    command: list[str], settings: dict[str, str], log: Path, health: str, cwd: Path | None = None
) -> Generator[None]:
    with log.open("w") as output:
        child = subprocess.Popen(command, env=settings, stdout=output, stderr=output, cwd=cwd)
    try:
        _wait(lambda: answers(health), child, log)
        yield
    finally:
        child.terminate()
        child.wait()


def _wait(ready: Callable[[], bool], child: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 30
    while not ready():
        assert child.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)
