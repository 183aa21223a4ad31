"""Log handler that never blocks the service: a thread writes the lines, and lines that do not fit are counted."""

import atexit
import logging
import sys
import threading
import time
from collections import deque

logger = logging.getLogger(__name__)

_MOST_LINES = 4096
# Lines of this time are written together, which saves a system call for each.
_PAUSE_SECONDS = 0.05
_FLUSH_SECONDS = 1.0
_LOOK_SECONDS = 0.002


def _write_to_stderr(text: str) -> None:
    """Write to the current standard error, which tests replace."""
    sys.stderr.write(text)
    sys.stderr.flush()


class BufferedHandler(logging.Handler):
    """Keeps 4,096 lines that standard error does not take yet; drops and counts what comes then.

    ``emit`` takes no lock of its own: the garbage collector may run a finalizer in it that logs, too.
    """

    def __init__(self) -> None:
        """Start the thread that writes; it ends with the process."""
        super().__init__()
        self._lines: deque[str] = deque()
        self._dropped = self._told = 0
        self._is_urgent = threading.Event()
        self._is_busy = self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record here, where its context is known, and leave the line to the thread."""
        try:
            line = self.format(record) + "\n"
        except Exception:  # noqa: BLE001 - as in logging.StreamHandler
            self.handleError(record)
            return
        if len(self._lines) >= _MOST_LINES:
            self._dropped += 1
        else:
            self._lines.append(line)

    def flush(self) -> None:
        """Wait until the buffered lines are written, at most a second: standard error may be blocked."""
        end = time.monotonic() + _FLUSH_SECONDS
        while (self._lines or self._is_busy) and time.monotonic() < end:
            self._is_urgent.set()
            time.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """Write what is buffered, and end the thread."""
        atexit.unregister(self.close)
        self._is_closed = True
        self._is_urgent.set()
        self._thread.join(_FLUSH_SECONDS)
        super().close()

    def _run(self) -> None:
        while not self._is_closed:
            self._is_urgent.wait(_PAUSE_SECONDS)
            self._is_urgent.clear()
            self._write_lines()
        self._write_lines()

    def _write_lines(self) -> None:
        self._is_busy = True
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._write_text(lines)
        self._is_busy = False

    def _write_text(self, lines: list[str]) -> None:
        try:
            _write_to_stderr("".join(lines))
        except Exception:  # noqa: BLE001 - standard error is closed or full: there is no place to report it
            self._dropped += len(lines)
            return
        if self._dropped > self._told:
            self._told = self._dropped
            logger.error("standard error took no more: log lines were dropped", extra={"dropped": self._told})
