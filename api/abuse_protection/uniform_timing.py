"""Uniform timing: responses take the same time whatever was found, and at most ten seconds."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from api.errors import Overloaded, UpstreamTimeout
from api.telemetry.request_context import request_context
from api.web.time_budget import UNIFORM_SECONDS

logger = logging.getLogger(__name__)

_WITHOUT_CONCEALMENT = 2.5


class UniformTiming:
    """Pads responses to a minimum duration so that timing does not reveal which calls were made or mails sent."""

    def __init__(self, seconds: float) -> None:
        """Pad responses to at least ``seconds``."""
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def padded(self) -> AsyncGenerator[None]:
        """Pad the context to the minimum duration; raise ``UpstreamTimeout`` when its calls together take too long."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        try:
            async with asyncio.timeout(UNIFORM_SECONDS):
                yield
        except Overloaded:
            if not _has_asked():
                # Cognito was not called, so there is nothing to hide, and waiting would add to the load.
                end = loop.time()
            raise
        except TimeoutError:
            raise UpstreamTimeout from None
        finally:
            await asyncio.sleep(max(0.0, end - loop.time()))

    async def after_response(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` in the background, so that its duration does not show in the response time.

        With a minimum duration of 0, wait for it, at most 2.5 s.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        if not self._seconds:
            await asyncio.wait([task], timeout=_WITHOUT_CONCEALMENT)

    async def aclose(self) -> None:
        """Wait for the background work; cancel what takes longer than a response may."""
        tasks = list(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=UNIFORM_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The text of the exception may contain secrets or addresses.
            logger.error("background work failed: %s", type(error).__name__)


def _has_asked() -> bool:
    """Return whether Cognito was called in this request."""
    current = request_context.get()
    return current is not None and bool(current.upstream)
