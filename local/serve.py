"""``python -m local.serve``: the local Cognito with a user pool, in a container (``compose.yaml``).

Users, the pool and its outputs file are in ``/data``, a volume that the API's container reads.
"""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from local.cognito_process import start_emulator
from local.processes import LocalRunError, watch
from local.provision import provision

PORT = 4566
DATA = Path("/data")


def _stop(*_: object) -> NoReturn:
    raise SystemExit(0)


def main() -> None:
    """Serve until SIGTERM; raise ``LocalRunError`` when the emulator does not start, or ends."""
    signal.signal(signal.SIGTERM, _stop)
    # Of a run before: its presence tells the API's container that this one serves.
    (DATA / "ready").unlink(missing_ok=True)
    emulator = start_emulator(PORT, DATA / "emulator", DATA / "emulator.log", os.environ.get("PAGES_URL", ""))
    try:
        provision(f"http://127.0.0.1:{PORT}", DATA / "outputs.json")
        (DATA / "ready").touch()
        print(f"The local Cognito serves at port {PORT}; the mailbox is http://localhost:{PORT}/", flush=True)
        watch(emulator)
    finally:
        emulator.stop()


if __name__ == "__main__":
    try:
        main()
    except LocalRunError as error:
        sys.exit(f"local.serve: {error}")
