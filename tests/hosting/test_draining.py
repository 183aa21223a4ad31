"""A rolling update under load: old containers get SIGTERM behind a proxy that tries another one. No request fails.

The local AWS stops a task before its load balancer has forgotten it, and that one tries no other task; so the proof of
draining is here, with Debian's nginx.
"""

import shutil
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread
from typing import Self

import httpx
import pytest

from tests.hosting.conftest import IMAGES
from tests.hosting.containers import running_nginx, start
from tests.support.api_client import Account, Mailbox
from tests.support.docker import Docker
from tests.support.servers import free_port

pytestmark = [
    pytest.mark.skipif(shutil.which("nginx") is None, reason="not installed: nginx (Debian: nginx-light)"),
]


class Load:
    """A client that signs in and looks at its session, again and again, until it is told to stop."""

    def __init__(self, url: str, account: Account) -> None:
        self.statuses: Counter[int] = Counter()
        self._url, self._account, self._stop = url, account, Event()
        self._threads = [Thread(target=self._run) for _ in range(4)]

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=15) as client:
            while not self._stop.is_set():
                credentials = {"email": self._account.email, "password": self._account.password}
                response = client.post("/login", json=credentials)
                self.statuses[response.status_code] += 1
                token = response.json().get("access_token", "")
                response = client.get("/session", headers={"Authorization": f"Bearer {token}"})
                self.statuses[response.status_code] += 1

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_rolling_update_fails_no_request(
    docker: Docker, emulator_url: str, outputs_file: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    old = [start(docker, IMAGES[0], outputs_file, emulator_url) for _ in range(2)]
    new = [start(docker, IMAGES[1], outputs_file, emulator_url) for _ in range(2)]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        with running_nginx(tmp_path, port, [number for _, number in [*old, *new]]):
            with httpx.Client(base_url=url, timeout=15) as api:
                account = Account.verified(api, mailbox)
            with Load(url, account) as load:
                for identifier, _ in old:
                    before = load.statuses.total()
                    docker("stop", "--time=30", identifier)
                    while load.statuses.total() < before + 50:
                        time.sleep(0.01)
        assert load.statuses.keys() == {200}, load.statuses
        for identifier, _ in old:
            assert docker("inspect", "--format={{.State.ExitCode}}", identifier) == "0"
    finally:
        docker("rm", "--force", *(identifier for identifier, _ in [*old, *new]))
