"""Deploys that are interrupted or killed, while Cognito is at work."""

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployments import aws, outputs_of
from tests.e2e.terraform import TerraformWorkspace

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Gate:
    """Proxy to the local AWS that holds back one operation until it is opened."""

    def __init__(self, upstream: str, operation: str) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 # pyright: ignore[reportSelfClsParameterName] - self is the gate
                body = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
                if handler.headers.get("X-Amz-Target", "").endswith(f".{operation}"):
                    self.reached.set()
                    self.opened.wait(60)
                request = urllib.request.Request(upstream + handler.path, data=body, headers=dict(handler.headers))
                with urllib.request.urlopen(request) as answer:
                    content = answer.read()
                    handler.send_response(answer.status)
                    handler.send_header("Content-Type", answer.headers["Content-Type"])
                handler.send_header("Content-Length", str(len(content)))
                handler.end_headers()
                handler.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
                """Be silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @contextmanager
    def running(self) -> Generator["Gate"]:
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.opened.set()
            self.server.shutdown()
            thread.join()
            self.server.server_close()


def settings(workshop: TerraformWorkspace) -> dict[str, Any]:
    """Return settings with a name of the pool that no other test uses: they share the local AWS."""
    return {"USER_POOL_REMOVAL_POLICY": "destroy", "TF_VAR_user_pool_name": workshop.directory.name}


def start(workshop: TerraformWorkspace, endpoint: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "stacks.deploy", "deploy", "--auto-approve"],
        cwd=workshop.directory,
        env=workshop.environment | settings(workshop) | {"E2E_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def pools(workshop: TerraformWorkspace, endpoint: str) -> list[str]:
    pages = aws("cognito-idp", endpoint).get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    return [pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == workshop.directory.name]


def kill_all(process: "subprocess.Popen[str]", directory: Path) -> None:
    """Kill the deploy, Terraform and its provider, which all work in the directory."""
    process.kill()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                works_here = (entry / "cwd").readlink().is_relative_to(directory)
            except OSError:
                continue
            if works_here:
                os.kill(int(entry.name), signal.SIGKILL)
    process.communicate()


def files(directory: Path) -> list[Path]:
    return [path for path in (directory / ".deploy").rglob("*") if path.is_file() and not path.is_symlink()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_synthesis_leaves_nothing(
    workshop: TerraformWorkspace, emulator_url: str, number: signal.Signals
) -> None:
    process = start(workshop, emulator_url)
    wait_for((workshop.directory / ".deploy").exists)
    # As a terminal does: to every process of the group.
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not (workshop.directory / ".deploy").exists()
    assert not (workshop.directory / "terraform.auth.tfstate").exists()


def test_interrupted_apply_is_in_the_state_and_completed_later(workshop: TerraformWorkspace, emulator_url: str) -> None:
    with Gate(emulator_url, "CreateUserPoolClient").running() as gate:
        process = start(workshop, gate.url)
        assert gate.reached.wait(60)
        os.killpg(process.pid, signal.SIGINT)
        gate.opened.set()
        output, _ = process.communicate(timeout=60)
    assert not (workshop.directory / ".deploy").exists()
    before = pools(workshop, emulator_url)
    assert process.returncode in {0, 130}, output
    workshop.make("deploy", "--auto-approve", **settings(workshop))
    assert pools(workshop, emulator_url) == before
    clients = aws("cognito-idp", emulator_url).list_user_pool_clients(UserPoolId=before[0])["UserPoolClients"]
    assert [row["ClientId"] for row in clients] == [outputs_of(workshop)["cognito_user_pool_client_id"]]
    workshop.make("destroy", "--auto-approve", **settings(workshop))


def test_killed_apply_leaves_private_files_and_its_orphan_is_named(
    workshop: TerraformWorkspace, emulator_url: str
) -> None:
    throw_away: dict[str, Any] = settings(workshop) | {"AWS_ENDPOINT_URL": emulator_url, **CREDENTIALS}
    with Gate(emulator_url, "CreateUserPoolClient").running() as gate:
        process = start(workshop, gate.url)
        assert gate.reached.wait(60)
        kill_all(process, workshop.directory)
    (orphan,) = pools(workshop, emulator_url)
    left = files(workshop.directory)
    assert left
    assert stat.S_IMODE((workshop.directory / ".deploy").stat().st_mode) == 0o700
    # Terraform gives the checksums of providers a mode of its own.
    readable = [path.name for path in left if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert readable == [".terraform.lock.hcl"]
    refused = workshop.make("deploy", "--auto-approve", check=False, **throw_away)
    assert not (workshop.directory / ".deploy").exists()
    # The pool, or, where Terraform had the time to write its state, the client, whose creation went on.
    (named,) = re.findall(r"the last apply was killed, and (\S+) has its name and is in no state", refused)
    cognito = aws("cognito-idp", emulator_url)
    if named == orphan:
        cognito.delete_user_pool(UserPoolId=orphan)
    else:
        cognito.delete_user_pool_client(UserPoolId=orphan, ClientId=named)
    workshop.make("deploy", "--auto-approve", **throw_away)
    assert pools(workshop, emulator_url) == [outputs_of(workshop)["cognito_user_pool_id"]]
    assert not (workshop.directory / ".deploy-unfinished.auth").exists()
    workshop.make("destroy", "--auto-approve", **throw_away)
