"""Terraform as a subprocess that Ctrl-C stops gracefully."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stacks import interruptible

Json = dict[str, Any]
_CONFIGURATION = Path.home() / ".terraformrc"
_PLUGIN_CACHE = Path.home() / ".terraform.d/plugin-cache"
_FIX = "install Terraform (docs/operations.md), or set TERRAFORM_BINARY_NAME to the path of its binary"


class DeployError(Exception):
    """The deployment failed; the message says why and how to fix it."""


def exit_status(run: Callable[[], object]) -> int:
    """Run a command of this package: 0, or 1 and one message on standard error when it cannot be completed."""
    try:
        run()
    except (DeployError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


class Terraform:
    """Terraform in one directory; TERRAFORM_BINARY_NAME names another binary."""

    def __init__(self, directory: Path) -> None:
        """Run in ``directory``; raise ``DeployError`` when Terraform is not installed."""
        name = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
        binary = shutil.which(name)
        if binary is None:
            message = f"{name!r} is not on PATH; {_FIX}."
            raise DeployError(message)
        self._binary = str(Path(binary).absolute())
        self._directory = directory

    def show(self, *arguments: str) -> None:
        """Run a command with its output on the terminal; raise ``DeployError`` when it fails."""
        self._run(arguments, stdout=None)

    def read(self, *arguments: str) -> str:
        """Run a command and return its standard output; raise ``DeployError`` when it fails."""
        return self._run(arguments, stdout=subprocess.PIPE)

    def init(self) -> None:
        """Install the provider and connect to the state; raise ``DeployError`` when it fails."""
        self.read("init", "-input=false", "-no-color")

    def state(self) -> Json:
        """Return the state, or of a directory without one an object without ``values``."""
        return json.loads(self.read("show", "-json"))

    def _run(self, arguments: tuple[str, ...], stdout: int | None) -> str:
        process, output, stopped = interruptible.run(
            [self._binary, *arguments], _stop, cwd=self._directory, env=_environment(), stdout=stdout
        )
        # An apply that has finished all the same is a success.
        if stopped and (process.returncode or stdout):
            raise KeyboardInterrupt
        if process.returncode:
            message = f"terraform {arguments[0]} failed; see its message above."
            raise DeployError(message)
        return output


def _environment() -> dict[str, str]:
    # Otherwise Terraform suggests to apply the plan file, which is removed.
    found = os.environ | {"TF_IN_AUTOMATION": "1"}
    if "TF_PLUGIN_CACHE_DIR" not in found and "TF_CLI_CONFIG_FILE" not in found and not _CONFIGURATION.exists():
        # The provider has some 700 MB; without a cache each run would download it anew, for its directory is new.
        _PLUGIN_CACHE.mkdir(parents=True, exist_ok=True)
        # The run has no file with checksums; Terraform would else not use the cache.
        may_break = {"TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true"}
        found |= {"TF_PLUGIN_CACHE_DIR": str(_PLUGIN_CACHE)} | may_break
    return found


def only_stack(out: Path) -> Path:
    """Return the directory of the one stack that was synthesized into ``out``; raise ``DeployError`` for another count.

    A stack of another environment may remain in the directory from an earlier synthesis, so the manifest counts.
    """
    try:
        stacks = json.loads((out / "manifest.json").read_text())["stacks"]
    except FileNotFoundError:
        message = f"There is no synthesized stack in {out}; run `make synth`."
        raise DeployError(message) from None
    if len(stacks) != 1:
        message = f"The app has the stacks {sorted(stacks)}; it must have one: select it, as main.py does."
        raise DeployError(message)
    return out / "stacks" / next(iter(stacks))


def _stop(process: interruptible.Process) -> None:
    """Ask Terraform to stop: it finishes the current resource, writes the state and releases the lock."""
    process.send_signal(signal.SIGINT)
