"""The working directory of a deployment: the synthesized stack, Terraform's plan, and the names of files.

They are in ``.deploy``, readable by their owner only, because a plan contains secrets; they are removed when the run
ends, and by the next run if it was killed. Only one run at a time works in a directory, so that none replaces the plan
of another.
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from stacks import interruptible
from stacks.terraform import DeployError, only_stack

_DIRECTORY = Path(".deploy")
_DEPLOY = {
    "outputs": "auth stack of this environment first (make deploy)",
    "hosting": "hosting stack first (HOSTING=fargate make deploy)",
}


def outputs_file(kind: Literal["outputs", "hosting"] | None = None) -> Path:
    """Return the outputs file of the selected environment; the API has the same rule (``api.config.settings``).

    ``kind`` names the stack; default: the one that HOSTING selects.
    """
    name = os.environ.get("ENVIRONMENT") or "dev"
    kind = kind or ("hosting" if os.environ.get("HOSTING") else "outputs")
    return Path(f"{kind}.json" if name == "dev" else f"{kind}.{name}.json")


def deployed_outputs(kind: Literal["outputs", "hosting"]) -> tuple[str, dict[str, Any]]:
    """Return the id and the outputs of a deployed stack; raise ``DeployError`` where no deploy has written them."""
    path = outputs_file(kind)
    try:
        ((stack, outputs),) = json.loads(path.read_text()).items()
    except FileNotFoundError:
        message = f"There is no {path}: deploy the {_DEPLOY[kind]}."
        raise DeployError(message) from None
    return stack, outputs


@contextmanager
def synthesized(**more: str) -> Generator[Path]:
    """Synthesize with the ``app`` of cdktf.json, and yield the stack's directory; ``more`` are settings."""
    umask = os.umask(0o077)
    # A signal may arrive as soon as the directory is there, so it is made where it is also removed.
    try:
        _remove_files()
        _DIRECTORY.mkdir()
        _synthesize(os.environ | {"CDKTF_OUTDIR": str(_DIRECTORY)} | more)
        yield only_stack(_DIRECTORY)
    finally:
        os.umask(umask)
        _remove_files()


def _synthesize(settings: dict[str, str]) -> None:
    app: str = json.loads(Path("cdktf.json").read_text())["app"]
    process, _, stopped = interruptible.run(app, _kill, shell=True, env=settings, stdout=subprocess.PIPE)  # noqa: S604 - the operator's own file
    if stopped:
        raise KeyboardInterrupt
    if process.returncode:
        message = f"The synthesis failed: {shlex.quote(app)} ended with {process.returncode}; see its message above."
        raise DeployError(message)


def _kill(process: interruptible.Process) -> None:
    """Kill the shell, Python and Node; each has the pipe of the output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _remove_files() -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(_DIRECTORY)


@contextmanager
def alone() -> Generator[None]:
    """Lock the working directory; raise ``DeployError`` while another run holds the lock."""
    directory = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = "Another make guard, diff, deploy or destroy runs in this directory; wait for its end."
        raise DeployError(message) from None
    else:
        yield
    finally:
        os.close(directory)
