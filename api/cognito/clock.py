"""Cognito's clock, from the Date header of its responses (RFC 9110, section 6.6.1).

The times in tokens are Cognito's whole seconds. Where this host's clock differs, they are judged by Cognito's.
"""

import logging
import time
from email.utils import parsedate_to_datetime

logger = logging.getLogger(__name__)

# Parsing costs 10 us.
_BETWEEN_SECONDS = 30.0
# A response that took longer, or that a paused process read late, measures nothing.
_WIDEST_SECONDS = 3.0
_TOLERATED_SECONDS = 1.0


class CognitoClock:
    """The difference between Cognito's clock and this host's."""

    def __init__(self) -> None:
        """Assume that the clocks agree."""
        self.offset_seconds = 0.0
        self._next = float("-inf")

    def now(self) -> float:
        """Return the time by Cognito's clock, in seconds since 1970."""
        return time.time() + self.offset_seconds

    def observe(self, date: str | None, sent_at: float) -> None:
        """Measure the difference with the Date header of a response that has just arrived, at most every 30 s.

        ``sent_at`` is this host's time when the request was sent. The header was written after that, and is up to a
        second old; a difference that these bounds allow to be 0 is 0.
        """
        if date is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _BETWEEN_SECONDS
        try:
            written_at = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        least, most = written_at - time.time(), written_at + 1 - sent_at
        if not least <= most <= least + _WIDEST_SECONDS:
            return
        found = 0.0 if least - _TOLERATED_SECONDS <= 0 <= most + _TOLERATED_SECONDS else (least + most) / 2
        if bool(found) != bool(self.offset_seconds):
            logger.warning("the clock of this host differs from Cognito's by %.0f s", -found)
        self.offset_seconds = found
