"""Answers that take the same time whatever was found, and never longer than ten seconds."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from api.errors import Overloaded, UpstreamTimeout

# Below the limit of every request: here it is known that the answer conceals.
_LONGEST = 8.0


class Concealment:
    """Hides by its duration what Cognito was asked: a mail sent, a call less or more."""

    def __init__(self, seconds: float) -> None:
        """Last ``seconds`` at the least."""
        self._seconds = seconds

    @asynccontextmanager
    async def lasting(self) -> AsyncGenerator[None]:
        """Last as long for whatever is found; raise ``UpstreamTimeout`` when several calls together take too long."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        try:
            async with asyncio.timeout(_LONGEST):
                yield
        except Overloaded:
            # Nobody was asked about, so there is nothing to hide, and waiting would add to the load.
            end = loop.time()
            raise
        except TimeoutError:
            raise UpstreamTimeout from None
        finally:
            await asyncio.sleep(max(0.0, end - loop.time()))
