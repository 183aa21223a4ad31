"""Cognito's clock, from the Date header of its responses (RFC 9110, section 6.6.1).

The times in tokens are Cognito's whole seconds. Where this host's clock differs, they are judged by Cognito's.
"""

import logging
import time
from email.utils import parsedate_to_datetime

logger = logging.getLogger(__name__)

# Parsing costs 10 us.
_BETWEEN_SECONDS = 30.0
# A Date header is up to a second old, and a response takes time: a smaller difference is not measured.
_TOLERATED_SECONDS = 2.0


class CognitoClock:
    """The difference between Cognito's clock and this host's."""

    def __init__(self) -> None:
        """Assume that the clocks agree."""
        self.offset_seconds = 0.0
        self._next = float("-inf")

    def now(self) -> float:
        """Return the time by Cognito's clock, in seconds since 1970."""
        return time.time() + self.offset_seconds

    def observe(self, date: str | None) -> None:
        """Measure the difference with the Date header of a response that has just arrived, at most every 30 s."""
        if date is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _BETWEEN_SECONDS
        try:
            offset = parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
        except ValueError:
            return
        found = offset if abs(offset) > _TOLERATED_SECONDS else 0.0
        if bool(found) != bool(self.offset_seconds):
            logger.warning("the clock of this host differs from Cognito's by %.0f s", -found)
        self.offset_seconds = found
