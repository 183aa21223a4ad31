"""Start of the service with the README's uvicorn command: valid and invalid configurations."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.servers import ROOT, environment, free_port, running_api, uvicorn_command
from tests.support.timing import timed

GOOD = {
    "cognito_user_pool_id": "us-east-1_AbC",
    "cognito_user_pool_client_id": "client1",
    "cognito_user_pool_client_secret": "secret-canary",
}


def written(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def stack(outputs: dict[str, str], name: str = "auth") -> Callable[[Path], None]:
    return written(json.dumps({name: outputs}).encode())


BAD_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (lambda _: None, "cannot be read: No such file or directory"),
    "directory": (Path.mkdir, "cannot be read: Is a directory"),
    "dangling-link": (lambda path: path.symlink_to("nowhere"), "cannot be read: No such file or directory"),
    "empty": (written(b""), "is empty"),
    "malformed": (written(b'{"auth": '), "cannot be read: not JSON"),
    "binary": (written(b"\x80\x81"), "cannot be read: not UTF-8"),
    "no-object": (written(b"[]"), "must be a JSON object"),
    "wrong-stack": (stack(GOOD, "other"), "holds no stack 'auth'; set STACK_NAME to one of: other"),
    "incomplete": (
        stack({"cognito_user_pool_id": "us-east-1_AbC"}),
        "lacks cognito_user_pool_client_id, cognito_user_pool_client_secret",
    ),
}


def start(settings: dict[str, str], *options: str) -> tuple["subprocess.CompletedProcess[str]", float]:
    begin = time.monotonic()
    done = subprocess.run(
        uvicorn_command(free_port(), *options),
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done, time.monotonic() - begin


@timed
@pytest.mark.parametrize("case", BAD_FILES)
def test_invalid_outputs_file_prints_one_message(case: str, tmp_path: Path) -> None:
    make, message = BAD_FILES[case]
    path = tmp_path / "outputs.json"
    make(path)
    done, seconds = start({"STACK_OUTPUTS_FILE": str(path), "STACK_NAME": "auth"})
    assert done.returncode not in {0, -9}
    assert seconds < 10
    output = done.stdout + done.stderr
    errors = [line for line in output.splitlines() if "cognito_" in line.lower()]
    assert len(errors) == 1, output
    assert message in errors[0].replace('\\"', '"')
    assert str(path) in errors[0]
    assert "cdktf deploy auth --outputs-file" in errors[0]
    assert "Traceback" not in output
    assert "canary" not in output


def test_missing_outputs_with_workers_prints_message(tmp_path: Path) -> None:
    done, seconds = start({"STACK_OUTPUTS_FILE": str(tmp_path / "none.json")}, "--workers", "2")
    # uvicorn's supervisor prints each worker's message and exits with 0, a limitation named in docs/operations.md.
    assert "stopping the parent process" in done.stderr
    assert seconds < 20
    assert "No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_invalid_setting_stops_start(tmp_path: Path) -> None:
    stack(GOOD)(tmp_path / "outputs.json")
    done, _ = start({"STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"), "UPSTREAM_DEADLINE": "soon"})
    assert done.returncode != 0
    assert "UPSTREAM_DEADLINE: Input should be a valid number" in done.stderr
    assert "Traceback" not in done.stderr


def test_running_api_does_not_import_boto3() -> None:
    program = """
import asyncio, sys
from api.main import app

async def run():
    async with app.router.lifespan_context(app):
        print(sorted({name.partition(".")[0] for name in sys.modules} & {"boto3", "botocore", "urllib3"}))

asyncio.run(run())
"""
    # With an issuer from the stack and an endpoint from the environment, botocore's data is not needed.
    outputs = {**GOOD, "cognito_issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC"}
    settings = {"STACK_OUTPUTS_JSON": json.dumps({"auth": outputs}), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_inline_outputs_start_without_file_or_cognito(tmp_path: Path) -> None:
    log = tmp_path / "log"
    settings = {"STACK_OUTPUTS_JSON": json.dumps({"auth": GOOD}), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    with running_api(log, settings):
        pass
    assert "secret-canary" not in log.read_text()
