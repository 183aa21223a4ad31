"""Uniform timing: responses take the same time whatever was found, and at most ten seconds."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from api.errors import Overloaded, UpstreamTimeout
from api.telemetry.request_context import has_called_upstream
from api.web.time_budget import UNIFORM_SECONDS

logger = logging.getLogger(__name__)

_STEPS = (1, 2, 4, 8)
_UNPADDED_SECONDS = 2.5


class UniformTiming:
    """Pads responses so that timing does not reveal which calls were made or mails sent."""

    def __init__(self, seconds: float) -> None:
        """Pad responses to at least ``seconds``; 0 pads nothing."""
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def padded(self, *, success: bool = True) -> AsyncGenerator[None]:
        """Pad the context to the next step: 1, 2, 4 or 8 times the minimum duration, and at most 8 s.

        Steps, and not a minimum alone, so that a slow Cognito shows no more than how slow it is. Raises
        ``UpstreamTimeout`` when the calls in the context together take too long.

        Args:
            success: Whether to pad the context when it ends without an exception, too.
        """
        loop = asyncio.get_running_loop()
        begin = loop.time()
        is_padded = True
        try:
            async with asyncio.timeout(UNIFORM_SECONDS):
                yield
            is_padded = success
        except Overloaded:
            # If Cognito was not called, there is nothing to hide, and waiting would add to the load.
            is_padded = has_called_upstream()
            raise
        except TimeoutError:
            raise UpstreamTimeout from None
        finally:
            if is_padded:
                await asyncio.sleep(self._until_next_step(loop.time() - begin))

    def _until_next_step(self, elapsed: float) -> float:
        steps = (min(step * self._seconds, UNIFORM_SECONDS) for step in _STEPS)
        return next((step - elapsed for step in steps if step >= elapsed), 0.0)

    async def after_response(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` in the background, so that its duration does not show in the response time.

        With a minimum duration of 0, wait for it, at most 2.5 s.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        if not self._seconds:
            await asyncio.wait([task], timeout=_UNPADDED_SECONDS)

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
