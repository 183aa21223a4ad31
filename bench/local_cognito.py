"""Benchmark of the local Cognito: start, sign-ins on one core, and memory kept after ten thousand sign-ins."""

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from api.cognito.secret_hash import secret_hash
from bench.report import Result, at_least, at_most
from local.cognito_process import start_emulator
from local.provision import Outputs, cognito_client, provision
from tests.support.servers import ROOT, environment, free_port, wait_for

CLIENTS = 10
STARTS = 5
SIGN_INS = 10_000
WARM_UP = 1_000
EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"


def measure() -> list[Result]:
    """Return the results of one run."""
    with _on_core(0):
        # The first start reads its modules from disk; the median ignores it.
        seconds = statistics.median(_start_seconds() for _ in range(STARTS))
        with _local_cognito() as (url, directory):
            os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {0} or {0})
            return [
                at_most("local Cognito: start to first response", seconds, "s", 1.5),
                at_most("make run: second start to first response of the API", _second_run_seconds(), "s", 5),
                *_sign_ins(url, directory),
            ]


def _start_seconds() -> float:
    start = time.perf_counter()
    with _local_cognito():
        return time.perf_counter() - start


def _second_run_seconds() -> float:
    """Return the time of a start that finds the pool and the users of an earlier one."""
    with tempfile.TemporaryDirectory() as name:
        _run_seconds(Path(name))
        return _run_seconds(Path(name))


def _run_seconds(directory: Path) -> float:
    port, log = free_port(), directory / "run.log"
    settings = environment(LOCAL_DIR=str(directory / "state"), PORT=str(port), EMULATOR_PORT=str(free_port()))
    command = [sys.executable, "-m", "local"]
    start = time.perf_counter()
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, env=settings, stdout=output, stderr=output) as run,  # noqa: S603 - our own
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/livez", run, log)
            return time.perf_counter() - start
        finally:
            run.send_signal(signal.SIGINT)


@contextmanager
def _local_cognito() -> Generator[tuple[str, Path]]:
    """Run a local Cognito; yield its URL and its directory."""
    with tempfile.TemporaryDirectory() as name:
        port, directory = free_port(), Path(name)
        emulator = start_emulator(port, directory / "state", directory / "log")
        try:
            yield f"http://127.0.0.1:{port}", directory
        finally:
            emulator.stop()


def _sign_ins(url: str, directory: Path) -> list[Result]:
    body = _login_of(provision(url, directory / "outputs.json"), url)
    _load(url, body, WARM_UP)
    before, start = _memory(), time.perf_counter()
    errors = _load(url, body, SIGN_INS)
    seconds = time.perf_counter() - start
    return [
        at_least("local Cognito: sign-ins on one core", SIGN_INS / seconds, "1/s", 200),
        at_most("local Cognito: errors with ten concurrent clients", errors, "", 0),
        # A revocable session is stored as an identifier of 36 characters.
        at_most("local Cognito: memory per sign-in", (_memory() - before) * 1024 / SIGN_INS, "bytes", 300),
    ]


def _login_of(outputs: Outputs, url: str) -> bytes:
    client_id, secret = (str(outputs[f"cognito_user_pool_client_{name}"]) for name in ("id", "secret"))
    pool_id, signature = str(outputs["cognito_user_pool_id"]), secret_hash(EMAIL, client_id, secret)
    cognito = cognito_client(url)
    cognito.sign_up(ClientId=client_id, Username=EMAIL, Password=PASSWORD, SecretHash=signature)
    cognito.admin_confirm_sign_up(UserPoolId=pool_id, Username=EMAIL)
    parameters = {"USERNAME": EMAIL, "PASSWORD": PASSWORD, "SECRET_HASH": signature}
    return json.dumps({"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}).encode()


def _load(url: str, body: bytes, number: int) -> int:
    """Sign in ``number`` times with ten clients; return the number of errors."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(_client, [url] * CLIENTS, [body] * CLIENTS, [number // CLIENTS] * CLIENTS))


def _client(url: str, body: bytes, number: int) -> int:
    headers = {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        "Content-Type": "application/x-amz-json-1.1",
    }
    connection, errors = http.client.HTTPConnection(urlsplit(url).netloc), 0
    for _ in range(number):
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != 200  # noqa: PLR2004 - HTTP
    connection.close()
    return errors


def _memory() -> int:
    """Return the local Cognito's resident memory in KiB."""
    (pid,) = subprocess.check_output(["pgrep", "-P", str(os.getpid()), "-f", "local.cognito"], text=True).split()  # noqa: S603, S607 - our own child
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0])


@contextmanager
def _on_core(core: int) -> Generator[None]:
    """Pin this process, and the processes started in the block, to one core."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
