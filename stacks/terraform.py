"""Terraform as a subprocess that Ctrl-C stops gracefully."""

import os
import shutil
import subprocess
from pathlib import Path

_FIX = "install Terraform 1.10 or newer (https://developer.hashicorp.com/terraform/install), or name its binary in it"


class DeployError(Exception):
    """The deployment cannot go on; the message says why and how to fix it."""


class Terraform:
    """Terraform in one directory; TERRAFORM_BINARY_NAME names another binary."""

    def __init__(self, directory: Path) -> None:
        """Run in ``directory``; raise ``DeployError`` when Terraform is not installed."""
        name = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
        binary = shutil.which(name)
        if binary is None:
            message = f"TERRAFORM_BINARY_NAME = {name!r} is not on PATH; {_FIX}."
            raise DeployError(message)
        self._binary = binary
        self._directory = directory

    def show(self, *arguments: str) -> None:
        """Run a command with its output on the terminal; raise ``DeployError`` when it fails."""
        self._run(arguments, stdout=None)

    def read(self, *arguments: str) -> str:
        """Run a command and return its standard output; raise ``DeployError`` when it fails."""
        return self._run(arguments, stdout=subprocess.PIPE)

    def _run(self, arguments: tuple[str, ...], stdout: int | None) -> str:
        command = [self._binary, *arguments]
        with subprocess.Popen(command, cwd=self._directory, stdout=stdout, text=True) as process:  # noqa: S603 - Terraform
            interrupted, output = False, ""
            while process.returncode is None:
                try:
                    output = process.communicate()[0] or ""
                except KeyboardInterrupt:
                    # Terraform has received the signal too; it writes the state and releases the lock before it exits.
                    interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        if process.returncode:
            message = f"terraform {arguments[0]} failed; see its message above."
            raise DeployError(message)
        return output
