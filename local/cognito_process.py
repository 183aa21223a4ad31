"""The local Cognito: a layer over ministack, run as a separate server in its own virtual environment (ADR 0009)."""

import os
import sys
from pathlib import Path

from local.processes import LocalRunError, Process, answers, require_free_port

ROOT = Path(__file__).parent.parent
_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
_START_SECONDS = 20.0


def start_emulator(port: int, state: Path, log: Path, pages: str = "") -> Process:
    """Start the local Cognito on ``port`` with its state in ``state``; raise ``LocalRunError`` if it does not start.

    The mailbox links to the ``pages`` that take its codes.
    """
    if not _PYTHON.exists():
        message = f"The emulator is not installed at {_PYTHON.parent.relative_to(ROOT)}; run `make setup-run`."
        raise LocalRunError(message)
    require_free_port(port, "EMULATOR_PORT")
    state.mkdir(parents=True, exist_ok=True)
    emulator = Process(
        "The emulator", [str(_PYTHON), "-m", "local.cognito"], _environment(port, state) | {"PAGES_URL": pages}, log
    )
    emulator.wait_until(lambda: answers(f"http://127.0.0.1:{port}/_ministack/health"), _START_SECONDS)
    return emulator


def _environment(port: int, state: Path) -> dict[str, str]:
    # Pass only the basic variables of the caller's environment: no AWS_* settings, no proxies.
    kept = {
        name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "BIND_HOST", "LOCAL_NAMES") if name in os.environ
    }
    return kept | {
        "PATH": f"{_PYTHON.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "PYTHONPATH": str(ROOT),
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
    }
