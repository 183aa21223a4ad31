"""``make run`` without make: start `python -m local`, check its banner and the printed commands, stop it."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.processes import LocalRunError, Process
from tests.support.api_client import Mailbox
from tests.support.servers import ROOT, environment, free_port


class Run:
    """One `python -m local` process and its log."""

    def __init__(self, directory: Path, port: int, emulator_port: int) -> None:
        self.port, self.emulator_port, self.log = port, emulator_port, directory / "run.log"
        settings = environment(
            LOCAL_DIR=str(directory / "state"),
            PORT=str(port),
            EMULATOR_PORT=str(emulator_port),
            # Another deployment's settings must not reach the local run.
            COGNITO_CLIENT_SECRET="another-deployment",
            AWS_PROFILE="no-such-profile",
            http_proxy="http://127.0.0.1:9",
        )
        with self.log.open("w") as output:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "local"], cwd=ROOT, env=settings, stdout=output, stderr=output
            )

    def wait_for_banner(self) -> None:
        start = time.monotonic()
        while "Ctrl-C stops" not in self.log.read_text():
            assert self.child.poll() is None, self.log.read_text()
            assert time.monotonic() - start < 20, self.log.read_text()
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.child.send_signal(number)
        return self.child.wait(20)

    def answers(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def local_run(directory: Path, port: int | None = None, emulator_port: int | None = None) -> Generator[Run]:
    run = Run(directory, port or free_port(), emulator_port or free_port())
    try:
        yield run
    finally:
        run.stop()


def curl_lines(run: Run) -> list[list[str]]:
    lines = re.findall(r"^ +(curl .*)$", run.log.read_text(), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def code_of(run: Run) -> str:
    (mailbox,) = re.findall(r"The mailbox +(\S+)", run.log.read_text())
    return Mailbox(mailbox.rstrip("/")).code_for("ada@example.com")


def test_banner_commands_work_and_users_persist(tmp_path: Path) -> None:
    with local_run(tmp_path) as run:
        run.wait_for_banner()
        (pages,) = re.findall(r"The pages +(http://localhost:\d+/)", run.log.read_text())
        assert "<h1>Sign in</h1>" in httpx.get(pages, follow_redirects=True).text
        signup, verify, login = curl_lines(run)
        for line, status in ((signup, "202"), (verify, "204"), (login, "200")):
            typed = [part.replace("CODE", code_of(run)) if "CODE" in part else part for part in line]
            done = subprocess.run(typed, capture_output=True, text=True, check=True)
            assert done.stdout.startswith(f"HTTP/1.1 {status}"), done.stdout
        assert run.stop() == 0
        assert not run.answers(run.port)
        assert not run.answers(run.emulator_port)
    with local_run(tmp_path) as again:
        again.wait_for_banner()
        _, _, login = curl_lines(again)
        done = subprocess.run(login, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("HTTP/1.1 200")
        assert "another-deployment" not in again.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_child_processes(tmp_path: Path, number: signal.Signals) -> None:
    with local_run(tmp_path) as run:
        run.wait_for_banner()
        assert run.stop(number) == 128 + number
        assert not run.answers(run.port)
        assert not run.answers(run.emulator_port)


@pytest.mark.parametrize("variable", ["PORT", "EMULATOR_PORT"])
def test_port_in_use_prints_one_message(tmp_path: Path, variable: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = {"port": taken} if variable == "PORT" else {"emulator_port": taken}
        with local_run(tmp_path, **ports) as run:
            assert run.child.wait(20) == 1
            message = run.log.read_text()
        assert f"Port {taken} cannot be used" in message
        assert f"{variable}={taken + 1} make run" in message
        assert "Traceback" not in message
        assert not run.answers(run.port if variable == "EMULATOR_PORT" else run.emulator_port)


def test_second_run_in_same_directory_is_refused(tmp_path: Path) -> None:
    with local_run(tmp_path) as run:
        run.wait_for_banner()
        settings = environment(LOCAL_DIR=str(tmp_path / "state"), PORT=str(free_port()), EMULATOR_PORT=str(free_port()))
        second = subprocess.run(
            [sys.executable, "-m", "local"], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert "make run: Another local run uses" in second.stderr


def test_same_port_for_api_and_emulator_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with local_run(tmp_path, port, port) as run:
        assert run.child.wait(20) == 1
        assert "they must differ" in run.log.read_text()


def test_ctrl_c_during_start_stops_all_processes(tmp_path: Path) -> None:
    with local_run(tmp_path) as run:
        end = time.monotonic() + 20
        while not (tmp_path / "state" / "emulator.log").exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        assert run.stop() == 0
        assert not run.answers(run.emulator_port)
        assert not run.answers(run.port)


def test_missing_program_raises_local_run_error(tmp_path: Path) -> None:
    with pytest.raises(LocalRunError, match="The emulator cannot be started"):
        Process("The emulator", [str(tmp_path / "none")], os.environ, tmp_path / "log")


def test_invalid_port_prints_one_message(tmp_path: Path) -> None:
    settings = environment(LOCAL_DIR=str(tmp_path), PORT="eighty")
    done = subprocess.run(
        [sys.executable, "-m", "local"], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "make run: PORT must be a port number from 1 to 65535, not 'eighty'.\n"


def processes_of(directory: Path, part: str = "") -> list[int]:
    """Return the processes with ``directory`` in the environment, and ``part`` in the command line."""
    found: list[int] = []
    for process in Path("/proc").iterdir():
        try:
            variables, command = ((process / name).read_text(errors="replace") for name in ("environ", "cmdline"))
        except (OSError, UnicodeError):
            # It has ended, or is no process.
            continue
        if str(directory) in variables and part in command:
            found.append(int(process.name))
    return sorted(found)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["the emulator starts", "it runs"])
def test_a19_no_process_outlives_its_parent(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    with local_run(tmp_path) as run:
        if moment == "it runs":
            run.wait_for_banner()
        end = time.monotonic() + 20
        while not (tmp_path / "state/emulator.log").exists():
            assert time.monotonic() < end
        run.child.send_signal(number)
        run.child.wait(20)
        while left := processes_of(tmp_path):
            assert time.monotonic() < end, left
            time.sleep(0.05)


def test_emulator_crash_stops_run_with_one_message(tmp_path: Path) -> None:
    with local_run(tmp_path) as run:
        run.wait_for_banner()
        # The supervisor is the older one.
        *_, pid = processes_of(tmp_path, "-m\0local.cognito\0")
        os.kill(pid, signal.SIGKILL)
        assert run.child.wait(20) == 1
        assert "make run: The emulator ended with code -9; see " in run.log.read_text()
        assert not run.answers(run.port)


def test_process_exit_before_ready_reports_exit_code(tmp_path: Path) -> None:
    process = Process("The emulator", [sys.executable, "-c", "raise SystemExit(4)"], os.environ, tmp_path / "log")
    with pytest.raises(LocalRunError, match="The emulator ended with code 4; see"):
        process.wait_until(lambda: False, 10)


def test_process_not_ready_in_time_is_stopped(tmp_path: Path) -> None:
    process = Process(
        "the emulator", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ, tmp_path / "log"
    )
    with pytest.raises(LocalRunError, match="did not answer within 0 s"):
        process.wait_until(lambda: False, 0.2)
    assert not process.alive
