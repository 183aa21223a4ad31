"""The local Cognito: the desk over ministack, a server of its own in a virtual environment of its own (ADR 0009)."""

import os
import sys
from pathlib import Path

from local.processes import LocalRunError, Process, answers, require_free_port

ROOT = Path(__file__).parent.parent
_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
_START_SECONDS = 20.0


def start_emulator(port: int, state: Path, log: Path) -> Process:
    """Start the emulator on ``port`` with its state kept in ``state``; raise ``LocalRunError`` when it cannot."""
    if not _PYTHON.exists():
        message = f"The emulator is not installed at {_PYTHON.parent.relative_to(ROOT)}; run `make setup-run`."
        raise LocalRunError(message)
    require_free_port(port, "EMULATOR_PORT")
    state.mkdir(parents=True, exist_ok=True)
    emulator = Process("The emulator", [str(_PYTHON), "-m", "local.desk"], _environment(port, state), log)
    emulator.wait_until(lambda: answers(f"http://127.0.0.1:{port}/_ministack/health"), _START_SECONDS)
    return emulator


def _environment(port: int, state: Path) -> dict[str, str]:
    # Nothing of the caller's environment but what a program needs: AWS_* and proxies stay out.
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": f"{_PYTHON.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "PYTHONPATH": str(ROOT),
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
    }
