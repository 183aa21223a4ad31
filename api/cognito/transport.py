"""Transport for unsigned calls: one deadline per call, and retries that keep its outcome correct.

The operations of a signed-out or signed-in user carry no AWS signature: botocore's model marks them
``"auth": ["smithy.api#noAuth"]``. This module therefore neither uses nor looks up AWS credentials.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Mapping
from time import time
from typing import Any

from api.cognito import wire
from api.cognito.clock import CognitoClock
from api.cognito.error_map import EXCEPTIONS
from api.cognito.errors import CognitoError
from api.errors import AuthError, Overloaded, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from api.telemetry.calls import Call
from api.telemetry.request_context import SHED
from cognito_tokens.http_client import (
    HttpClient,
    HttpError,
    InvalidAnswerError,
    LostConnectionError,
    NotConnectedError,
    cause_of,
)

logger = logging.getLogger(__name__)

_SENDS = 4
_FIRST_BACKOFF = 0.1


class CognitoClient:
    """Calls operations at one endpoint over one connection pool."""

    def __init__(self, http: HttpClient, deadline: float, concurrency: int, clock: CognitoClock | None = None) -> None:
        """Send calls through ``http``.

        ``deadline`` is the time in seconds that a call may take, retries included. ``concurrency`` limits the
        concurrent calls of each operation, so that a hanging operation does not block the others.
        """
        self._http = http
        self._clock = clock or CognitoClock()
        self._heads: dict[str, bytes] = {}
        self._deadline = deadline
        self._concurrency = concurrency
        self._under_way: Counter[str] = Counter()

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its response.

        Raises ``CognitoError`` for an error response, ``UpstreamTimeout`` at the deadline, ``UpstreamUnavailable``
        without a response, ``UpstreamInvalidResponse`` for an unusable one, and ``Overloaded`` when the limit of
        concurrent calls is reached.
        """
        if self._under_way[operation] >= self._concurrency:
            logger.warning("overload: %s calls of %s in progress", self._concurrency, operation)
            _Sends(operation, outcome=SHED).record()
            raise Overloaded(operation)
        self._under_way[operation] += 1
        sends = _Sends(operation)
        try:
            async with asyncio.timeout(self._deadline) as deadline:
                return await self._send(sends, wire.encode(request), deadline.when() or 0)
        except TimeoutError:
            sends.outcome = "timeout"
            raise UpstreamTimeout(operation) from None
        finally:
            self._under_way[operation] -= 1
            sends.record()

    @property
    def in_progress(self) -> Mapping[str, int]:
        """Calls in progress by operation."""
        return self._under_way

    async def _send(self, sends: "_Sends", body: bytes, deadline: float) -> dict[str, Any]:
        while True:
            sends.attempts += 1
            try:
                sent_at = time()
                response = await self._http.exchange(self._head(sends.operation), body)
                self._clock.observe(response.headers.get("date"), sent_at)
                answer = wire.read(sends.operation, response)
            except (CognitoError, AuthError, HttpError) as error:
                sends.note(error)
                delay = random.uniform(0, _FIRST_BACKOFF * 2**sends.attempts)  # noqa: S311 - jitter
                last = sends.attempts == _SENDS or asyncio.get_running_loop().time() + delay >= deadline
                if last or not _transient(error):
                    raise _final(sends.operation, error) from error
                await asyncio.sleep(delay)
            else:
                sends.outcome = "success"
                sends.sent = wire.has_sent(answer)
                return answer

    def _head(self, operation: str) -> bytes:
        if operation not in self._heads:
            self._heads[operation] = wire.head(self._http, operation)
        return self._heads[operation]


class _Sends:
    """The attempts of one call and their outcome."""

    def __init__(self, operation: str, outcome: str = "cancelled") -> None:
        self.operation = operation
        self.attempts = 0
        self.outcome = outcome
        self.sent = False
        self._call = Call(operation)
        self._lost = False

    def note(self, error: Exception) -> None:
        """Record the outcome of the last attempt, and whether any may have been executed with its response lost."""
        if isinstance(error, CognitoError):
            error.after_lost_send = self._lost
            self._lost |= error.server_fault
            # An unknown exception name could be any text, so the status is recorded instead.
            self.outcome = error.code if error.code in EXCEPTIONS else str(error.status)
        else:
            self._lost |= not isinstance(error, NotConnectedError)
            self.outcome = cause_of(error)

    def record(self) -> None:
        """Report this call for its request."""
        self._call.end(self.outcome, self.attempts, sent=self.sent)


def _transient(error: Exception) -> bool:
    if isinstance(error, CognitoError):
        return error.throttled or error.server_fault
    return isinstance(error, NotConnectedError | LostConnectionError)


def _final(operation: str, error: Exception) -> Exception:
    match error:
        case CognitoError() | AuthError():
            return error
        case InvalidAnswerError() | LostConnectionError(in_answer=True):
            return UpstreamInvalidResponse(operation)
        case NotConnectedError(reason="time-out"):
            return UpstreamTimeout(operation)
        case _:
            return UpstreamUnavailable(operation)
