"""The transport: unsigned calls, each within one deadline, retried where that cannot make an answer false.

The operations of a signed-out or signed-in user carry no AWS signature: botocore's model marks them
``"auth": ["smithy.api#noAuth"]``. So there are no AWS credentials here, and nothing looks for any.
"""

import asyncio
import logging
import random
from collections import Counter
from time import perf_counter
from typing import Any

import aiohttp
from yarl import URL

from api.cognito import wire
from api.cognito.errors import CognitoError
from api.errors import AuthError, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from api.logging import exchange

logger = logging.getLogger(__name__)

_SENDS = 4
_FIRST_BACKOFF = 0.1
_CONNECT_SECONDS = 2.0


def open_session() -> aiohttp.ClientSession:
    """Return a session for ``CognitoClient``: keep-alive, no cookies, as many connections as calls are admitted."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=20),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
    )


class CognitoClient:
    """Calls operations at one endpoint over one connection pool."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: str, deadline: float, concurrency: int) -> None:
        """Use ``session`` for requests to ``endpoint``.

        ``deadline`` is the seconds that a call may take, retries included; ``concurrency`` is the calls of one
        operation under way at once: a hanging operation cannot take the others along.
        """
        self._session = session
        self._endpoint = URL(endpoint)
        self._deadline = deadline
        self._concurrency = concurrency
        self._under_way: Counter[str] = Counter()

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its answer.

        Raises ``CognitoError`` for an error answer, ``UpstreamTimeout`` at the deadline, ``UpstreamUnavailable``
        without an answer or a place, ``UpstreamInvalidResponse`` for an answer that cannot be used.
        """
        if self._under_way[operation] >= self._concurrency:
            logger.warning("overload: %s calls of %s are under way", self._concurrency, operation)
            raise UpstreamUnavailable(operation)
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

    async def _send(self, sends: "_Sends", body: bytes, deadline: float) -> dict[str, Any]:
        while True:
            sends.attempts += 1
            try:
                answer = await wire.post(self._session, self._endpoint, sends.operation, body)
            except (CognitoError, AuthError, aiohttp.ClientError) as error:
                sends.note(error)
                delay = random.uniform(0, _FIRST_BACKOFF * 2**sends.attempts)  # noqa: S311 - jitter
                last = sends.attempts == _SENDS or asyncio.get_running_loop().time() + delay >= deadline
                if last or not _transient(error):
                    raise _final(sends.operation, error) from error
                await asyncio.sleep(delay)
            else:
                sends.outcome = "success"
                return answer


class _Sends:
    """What became of the sends of one call."""

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.attempts = 0
        self.outcome = "cancelled"
        self._start = perf_counter()
        self._lost = False

    def note(self, error: Exception) -> None:
        """Remember how the last send ended, and whether any may have been executed unheard."""
        if isinstance(error, CognitoError):
            error.after_lost_send = self._lost
            self._lost |= error.server_fault
            self.outcome = error.code or str(error.status)
        else:
            self._lost |= not isinstance(error, aiohttp.ClientConnectorError)
            self.outcome = type(error).__name__

    def record(self) -> None:
        """Leave what the log line of the request tells of this call: never upstream text."""
        if current := exchange.get():
            milliseconds = round((perf_counter() - self._start) * 1000, 1)
            fields = {"operation": self.operation, "outcome": self.outcome, "attempts": self.attempts}
            current.upstream.append({**fields, "ms": milliseconds})


def _transient(error: Exception) -> bool:
    if isinstance(error, CognitoError):
        return error.throttled or error.server_fault
    return isinstance(error, aiohttp.ClientError)


def _final(operation: str, error: Exception) -> Exception:
    match error:
        case CognitoError() | AuthError():
            return error
        case aiohttp.ClientPayloadError():
            return UpstreamInvalidResponse(operation)
        case aiohttp.ConnectionTimeoutError():
            return UpstreamTimeout(operation)
        case _:
            return UpstreamUnavailable(operation)
