"""Child processes that stop with the parent: started in their own session, stopped in order, never orphaned.

Each runs under ``local.supervised``, which ends it when this process has ended.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_POLL_SECONDS = 0.05
_STOP_SECONDS = 10.0
_SUPERVISOR = str(Path(__file__).with_name("supervised.py"))


class LocalRunError(Exception):
    """Error that stops the local run; its text is shown to the user at the terminal."""


def require_free_port(port: int, variable: str) -> None:
    """Raise ``LocalRunError`` when another program listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"Port {port} cannot be used ({error.strerror}); choose another: {variable}={port + 1} make run"
            raise LocalRunError(message) from None


def answers(url: str) -> bool:
    """Return whether ``url`` responds with status 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return response.status == 200  # noqa: PLR2004 - HTTP
    except (urllib.error.URLError, OSError):
        return False


class Process:
    """A child process in its own session, so that Ctrl-C reaches only the parent."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path | None = None) -> None:
        """Start ``command``; output goes to ``log`` or to the parent's output. ``name`` begins the error messages."""
        self.name = name
        self.log = log
        if shutil.which(command[0]) is None:
            message = f"{name} cannot be started (no program {command[0]}); `make clean setup-run` reinstalls it."
            raise LocalRunError(message)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if log else None
        try:
            self._child = subprocess.Popen(  # noqa: S603 - commands of this package, no shell
                [sys.executable, _SUPERVISOR, *command],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if output is not None:
                os.close(output)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until ``ready`` returns true; raise ``LocalRunError`` if the child exits or ``seconds`` pass first."""
        try:
            self._wait_until(ready, seconds)
        except BaseException:
            # Ctrl-C during the start must not leave the child running.
            self.stop()
            raise

    def _wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise LocalRunError(self.obituary)
            if time.monotonic() > end:
                message = f"{self.name} did not answer within {seconds:.0f} s{self._see_log}."
                raise LocalRunError(message)
            time.sleep(_POLL_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether the child is still running."""
        return self._child.poll() is None

    @property
    def obituary(self) -> str:
        """Message for a child that exited by itself."""
        return f"{self.name} ended with code {self._child.returncode}{self._see_log}."

    def stop(self) -> None:
        """Stop the child with SIGTERM, so that it can save its state, and with SIGKILL after 10 s."""
        # Also after the supervisor has ended: its command may be left.
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)
        try:
            self._child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()

    @property
    def _see_log(self) -> str:
        return f"; see {self.log}" if self.log else ""


def watch(*processes: Process) -> NoReturn:
    """Wait until one of the processes exits; raise ``LocalRunError`` then."""
    while True:
        for process in processes:
            if not process.alive:
                raise LocalRunError(process.obituary)
        time.sleep(0.2)
