"""Graceful shutdown: requests in flight finish, new connections are refused."""

import signal
import subprocess
import threading
import time
from pathlib import Path

import anyio
import httpx
import pytest

from tests.support import faults
from tests.support.faults import FaultProxy
from tests.support.servers import FAST_SETTINGS, ROOT, environment, free_port, uvicorn_command, wait_for
from tests.support.timing import timed

pytestmark = pytest.mark.anyio


def start(port: int, settings: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(uvicorn_command(port), cwd=ROOT, env=settings, stdout=output, stderr=output)


@timed
async def test_shutdown_finishes_requests_and_refuses_new_ones(
    emulator_url: str, outputs_file: Path, tmp_path: Path
) -> None:
    async with FaultProxy.running(emulator_url) as proxy:
        proxy.always["InitiateAuth"] = faults.late(1.5)
        port, log = free_port(), tmp_path / "log"
        settings = environment(**FAST_SETTINGS, STACK_OUTPUTS_FILE=str(outputs_file), AWS_ENDPOINT_URL=proxy.url)
        server = start(port, settings, log)
        try:
            await anyio.to_thread.run_sync(wait_for, f"http://127.0.0.1:{port}/livez", server, log)
            login = {"email": "unknown@example.com", "password": "Correct-Horse-9"}
            answers: list[int] = []

            def log_in() -> None:
                answers.append(httpx.post(f"http://127.0.0.1:{port}/login", json=login, timeout=15).status_code)

            callers = [threading.Thread(target=log_in) for _ in range(5)]
            for caller in callers:
                caller.start()
            await anyio.sleep(0.7)
            server.send_signal(signal.SIGTERM)
            await anyio.sleep(0.3)
            async with httpx.AsyncClient() as newcomer:
                with pytest.raises(httpx.ConnectError):
                    await newcomer.get(f"http://127.0.0.1:{port}/livez")
            stopping_since = time.monotonic()
            for caller in callers:
                await anyio.to_thread.run_sync(caller.join)
            assert answers == [401] * 5
            await anyio.to_thread.run_sync(server.wait, 15)
            assert time.monotonic() - stopping_since < 10
        finally:
            server.kill()
            server.wait()
    assert "Traceback" not in log.read_text()
