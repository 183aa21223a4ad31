"""``python -m local.supervised COMMAND...``: run a command that ends when the standard input ends.

The parent holds the other end of that pipe, so that the command ends with the parent, whatever happens to either.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

_STOP_SECONDS = 10.0


def main() -> None:
    """Run the command in this session, and exit as it does."""
    # The command gets the same signal from the parent, and decides; a handler, unlike SIG_IGN, is not inherited.
    signal.signal(signal.SIGTERM, _ignore)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 - the parent's command, no shell
    threading.Thread(target=_end_with_parent, args=(child,), daemon=True).start()
    code = child.wait()
    if code < 0:
        # SIGTERM is handled here; other signals end this process, too.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Leave it to the command."""


def _end_with_parent(child: "subprocess.Popen[bytes]") -> None:
    os.read(0, 1)
    # The whole group, of which this process is the leader.
    os.killpg(0, signal.SIGTERM)
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
