"""Commands that end with this process: a signal stops them first, and none runs on in a directory that is removed."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

Process = subprocess.Popen[str]
_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def run(
    command: str | list[str],
    stop: Callable[[Process], object],
    **options: Any,  # noqa: ANN401 - those of Popen
) -> tuple[Process, str, bool]:
    """Return the ended process of a command, its output (with ``stdout=PIPE``), and whether it was interrupted.

    ``stop`` signals an interrupted one, and its end is waited for: with a pipe, that of its children, too. It has a
    process group of its own, so that Ctrl-C reaches it by ``stop`` only: Terraform gives up its state at a second
    signal, and of a shell's children one may ignore the signal and outlive the shell.
    """
    # A signal waits until there is a process to stop; the command itself starts without this block.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    unblock = partial(signal.pthread_sigmask, signal.SIG_SETMASK, before)
    output, stopped = "", False
    try:
        with subprocess.Popen(command, process_group=0, preexec_fn=unblock, text=True, **options) as process:  # noqa: PLW1509, S603 - there are no threads; Terraform, or the operator's own file
            try:
                unblock()
                output = process.communicate()[0] or ""
            except KeyboardInterrupt:
                stop(process)
                _wait(process)
                stopped = True
    finally:
        unblock()
    return process, output, stopped


def _wait(process: Process) -> None:
    while process.returncode is None:
        with suppress(KeyboardInterrupt):
            if process.stdout and not process.stdout.closed:
                process.stdout.read()
            process.wait()
