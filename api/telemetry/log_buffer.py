"""Log handler that never blocks the service: a thread writes the lines, and lines that do not fit are counted."""

import atexit
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

logger = logging.getLogger(__name__)

_LARGEST = 1024 * 1024
# Lines of this time are written together, which saves a system call for each.
_PAUSE_SECONDS = 0.05
_FLUSH_SECONDS = 1.0


def write_to_stderr(text: str) -> None:
    """Write to the current standard error, which tests replace."""
    sys.stderr.write(text)
    sys.stderr.flush()


class BufferedHandler(logging.Handler):
    """Keeps up to 1 MiB of lines that standard error does not take yet; drops and counts what comes then."""

    def __init__(self, write: Callable[[str], object] = write_to_stderr) -> None:
        """Start the thread that writes; it ends with the process."""
        super().__init__()
        self._write = write
        self._lines: list[str] = []
        self._size = self._dropped = 0
        # Not the handler's own lock: dictConfig holds that while it flushes a handler.
        self._access = threading.Lock()
        self._has_lines, self._is_urgent, self._is_idle = (threading.Event() for _ in range(3))
        self._is_idle.set()
        self._is_closed = False
        threading.Thread(target=self._run, name="log", daemon=True).start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record here, where its context is known, and leave the line to the thread."""
        try:
            line = self.format(record) + "\n"
        except Exception:  # noqa: BLE001 - as in logging.StreamHandler
            self.handleError(record)
            return
        with self._access:
            if self._size + len(line) > _LARGEST:
                self._dropped += 1
                return
            self._lines.append(line)
            self._size += len(line)
            self._is_idle.clear()
            self._has_lines.set()

    def flush(self) -> None:
        """Wait until the buffered lines are written, at most a second: standard error may be blocked."""
        self._is_urgent.set()
        self._is_idle.wait(_FLUSH_SECONDS)

    def close(self) -> None:
        """Write what is buffered, and end the thread."""
        atexit.unregister(self.close)
        self.flush()
        self._is_closed = True
        self._has_lines.set()
        super().close()

    def _run(self) -> None:
        while not self._is_closed:
            self._has_lines.wait()
            self._is_urgent.wait(_PAUSE_SECONDS)
            self._is_urgent.clear()
            self._write_lines()

    def _write_lines(self) -> None:
        with self._access:
            lines, dropped = self._lines, self._dropped
            self._lines, self._size, self._dropped = [], 0, 0
            self._has_lines.clear()
        # Where standard error is closed there is no place to report it.
        with suppress(OSError, ValueError):
            self._write("".join(lines))
        if dropped:
            logger.error("standard error took no more: log lines were dropped", extra={"dropped": dropped})
        with self._access:
            if not self._lines:
                self._is_idle.set()
