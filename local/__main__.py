"""``python -m local``: run the local Cognito, a user pool and the API until Ctrl-C. ``make run`` calls it."""

import fcntl
import os
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local.cognito_process import ROOT, start_emulator
from local.processes import LocalRunError, Process, answers, require_free_port, watch
from local.provision import provision

_START_SECONDS = 20.0
_BANNER = """
  The pages     http://localhost:{port}/         (sign up, sign in; with 127.0.0.1 passkeys do not work)
  The API       http://127.0.0.1:{port}          (documentation: /docs)
  The mailbox   {mails}          (as JSON: {mails}messages)
  Outputs file  {outputs}
  The local Cognito is an emulator on this machine; it is not AWS. Its log: {log}

  Try (CODE is in the mailbox):
    curl -i http://127.0.0.1:{port}/signup -H 'content-type: application/json' -d '{{"email":"ada@example.com","password":"Correct-Horse-9"}}'
    curl -i http://127.0.0.1:{port}/verify -H 'content-type: application/json' -d '{{"email":"ada@example.com","code":"CODE","password":"Correct-Horse-9"}}'
    curl -i http://127.0.0.1:{port}/login  -H 'content-type: application/json' -d '{{"email":"ada@example.com","password":"Correct-Horse-9"}}'

  Ctrl-C stops all processes.
"""


def main() -> None:
    """Run until a signal arrives or a child process exits."""
    directory = Path(os.environ.get("LOCAL_DIR", ROOT / ".local"))
    port, emulator_port = _port("PORT", 8000), _port("EMULATOR_PORT", 4566)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    _forget_deployments()
    os.umask(0o077)
    if port == emulator_port:
        message = f"PORT and EMULATOR_PORT are both {port}; they must differ."
        raise LocalRunError(message)
    with ExitStack() as stack:
        stack.enter_context(_exclusive(directory))
        require_free_port(port, "PORT")
        pages = f"http://localhost:{port}"
        emulator = start_emulator(emulator_port, directory / "emulator", directory / "emulator.log", pages)
        stack.callback(emulator.stop)
        endpoint = f"http://127.0.0.1:{emulator_port}"
        outputs_file = directory / "outputs.json"
        provision(endpoint, outputs_file)
        api = _start_api(port, endpoint, outputs_file, directory / "state.db")
        stack.callback(api.stop)
        api.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), _START_SECONDS)
        print(_BANNER.format(port=port, mails=f"{endpoint}/", outputs=outputs_file, log=emulator.log), flush=True)
        watch(emulator, api)


@contextmanager
def _exclusive(directory: Path) -> Generator[None]:
    """Lock ``directory``: two runs in the same directory would overwrite each other's users."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another local run uses {directory}; stop it, or set LOCAL_DIR, PORT and EMULATOR_PORT."
            raise LocalRunError(message) from None
        yield


def _forget_deployments() -> None:
    """Remove the settings of real deployments (environment, ~/.aws): the local run must not touch them."""
    ours = ("COGNITO_", "STACK_", "AWS_")
    # All traffic stays on this machine, so a proxy would only interfere.
    for name in [name for name in os.environ if name.startswith(ours) or name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if text.isdecimal() and 0 < int(text) < 2**16:
        return int(text)
    message = f"{variable} must be a port number from 1 to 65535, not {text!r}."
    raise LocalRunError(message)


def _start_api(port: int, endpoint: str, outputs_file: Path, state: Path) -> Process:
    environment = {
        "PAGES": "on",
        **os.environ,
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": endpoint,
        "STATE_STORE": f"sqlite:///{state.absolute()}",
    }
    command = [sys.executable, "-m", "api"]
    return Process("The API", [*command, "--host", "127.0.0.1", "--port", str(port)], environment)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    # A second Ctrl-C must not interrupt the emulator while it saves its state.
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(0 if number == signal.SIGINT else 128 + number)


if __name__ == "__main__":
    try:
        main()
    except LocalRunError as error:
        sys.exit(f"make run: {error}")
