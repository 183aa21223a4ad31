"""The local Cognito: ministack as a server of its own, in a virtual environment of its own (ADR 0002)."""

import os
import sys
from pathlib import Path

from local.processes import LocalRunError, Process, answers, require_free_port

ROOT = Path(__file__).parent.parent
_PROGRAM = ROOT / ".venv-emulator" / "bin" / "ministack"
_START_SECONDS = 20.0


def start_emulator(port: int, state: Path, log: Path) -> Process:
    """Start the emulator on ``port`` with its state kept in ``state``; raise ``LocalRunError`` when it cannot."""
    if not _PROGRAM.exists():
        message = f"The emulator is not installed at {_PROGRAM.relative_to(ROOT)}; run `make setup-run`."
        raise LocalRunError(message)
    require_free_port(port, "EMULATOR_PORT")
    state.mkdir(parents=True, exist_ok=True)
    emulator = Process("The emulator", [str(_PROGRAM)], _environment(port, state), log)
    emulator.wait_until(lambda: answers(f"http://127.0.0.1:{port}/_ministack/health"), _START_SECONDS)
    return emulator


def _environment(port: int, state: Path) -> dict[str, str]:
    # Nothing of the caller's environment but what a program needs: AWS_* and proxies stay out.
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": f"{_PROGRAM.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
    }
