"""A rolling update under load: old containers get SIGTERM behind a proxy that tries another one. No request fails.

The local AWS stops a task before its load balancer has forgotten it, and that one tries no other task; so the proof of
draining is here, with Debian's nginx. It has a connection for each request: what a balancer does with an idle one that
has just been closed is not shown.
"""

import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import httpx

from tests.hosting.conftest import IMAGES, require, tool
from tests.hosting.containers import running_nginx, start
from tests.support.api_client import Account, Mailbox
from tests.support.docker import Docker
from tests.support.servers import free_port


class Load:
    """A client that signs in and looks at its session, again and again, until it is told to stop."""

    def __init__(self, url: str, account: Account) -> None:
        self.statuses: Counter[int | str] = Counter()
        self._url, self._account, self._stop = url, account, Event()
        self._threads = [Thread(target=self._run) for _ in range(4)]

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=15) as client:
            credentials = {"email": self._account.email, "password": self._account.password}
            while not self._stop.is_set():
                signed_in = self._ask(client, "POST", "/login", json=credentials)
                if signed_in and signed_in.status_code == 200:
                    bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
                    self._ask(client, "GET", "/session", headers=bearer)

    def _ask(self, client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            response = client.request(method, path, **more)
        except httpx.HTTPError as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.statuses[response.status_code] += 1
        return response

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
    require(tool("nginx", "nginx-light"))
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
                    end = time.monotonic() + 30
                    while load.statuses.total() < before + 50:
                        assert time.monotonic() < end, load.statuses
                        time.sleep(0.01)
        assert load.statuses.keys() == {200}, load.statuses
        for identifier, _ in old:
            assert docker("inspect", "--format={{.State.ExitCode}}", identifier) == "0"
    finally:
        docker("rm", "--force", *(identifier for identifier, _ in [*old, *new]))
