"""Answers that take the same time whatever was found, and never longer than ten seconds."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from api.errors import Overloaded, UpstreamTimeout
from api.telemetry.request_context import request_context
from api.web.time_budget import UNIFORM_SECONDS

logger = logging.getLogger(__name__)

_WITHOUT_CONCEALMENT = 2.5


class Concealment:
    """Hides by its duration what Cognito was asked: a mail sent, a call less or more."""

    def __init__(self, seconds: float) -> None:
        """Last ``seconds`` at the least."""
        self._seconds = seconds
        self._behind: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lasting(self) -> AsyncGenerator[None]:
        """Last as long for whatever is found; raise ``UpstreamTimeout`` when several calls together take too long."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        try:
            async with asyncio.timeout(UNIFORM_SECONDS):
                yield
        except Overloaded:
            if not _has_asked():
                # Nobody was asked about, so there is nothing to hide, and waiting would add to the load.
                end = loop.time()
            raise
        except TimeoutError:
            raise UpstreamTimeout from None
        finally:
            await asyncio.sleep(max(0.0, end - loop.time()))

    async def behind(self, work: Coroutine[None, None, None]) -> None:
        """Do ``work`` without the answer waiting for it: what takes longer than the answer would show in its time.

        Where nothing is concealed, whose seconds are 0, the answer does wait.
        """
        task = asyncio.create_task(work)
        self._behind.add(task)
        task.add_done_callback(self._end)
        if not self._seconds:
            await asyncio.wait([task], timeout=_WITHOUT_CONCEALMENT)

    async def aclose(self) -> None:
        """Finish what is done behind answers, and give up what takes longer than any answer may."""
        tasks = list(self._behind)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=UNIFORM_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._behind.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Its text may hold what nobody may read.
            logger.error("work behind an answer failed: %s", type(error).__name__)


def _has_asked() -> bool:
    """Tell whether Cognito was called in this request."""
    current = request_context.get()
    return current is not None and bool(current.upstream)
