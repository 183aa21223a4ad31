"""How often an address, a client and all together may try: below Cognito's quotas, a category at a time.

Cognito's quotas are per account and region, shared by every pool (120 sign-ins, 50 sign-ups, 30 recoveries a
second), so a flood of one category must not spend another's.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.errors import RateLimited, TooManyAttempts

if TYPE_CHECKING:
    from api.counters import Counters


@dataclass(frozen=True)
class Category:
    """The limits of one kind of operation, in the notation of the library limits: ``20/minute``."""

    name: str
    per_address: str
    per_client: str
    in_total: str


SIGN_IN = Category("sign-in", "20/minute", "300/minute", "100/second")
SIGN_UP = Category("sign-up", "10/hour", "60/minute", "40/second")
VERIFICATION = Category("verification", "30/hour", "120/minute", "25/second")
RESEND = Category("resend", "5/hour", "60/minute", "25/second")


class RateLimits:
    """Counts every attempt, successful or not: the answer must not tell which."""

    def __init__(self, counters: "Counters", *, enabled: bool) -> None:
        """Count with ``counters``, or not at all."""
        self._counters = counters
        self._enabled = enabled

    async def check(self, category: Category, address: str, client: str) -> None:
        """Count an attempt; raise ``RateLimited`` or, for the address, ``TooManyAttempts`` when it is one too many."""
        if not self._enabled:
            return
        if seconds := await self._counters.hit(category.per_client, category.name, "client", client):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.in_total, category.name, "total"):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.per_address, category.name, "address", address):
            raise TooManyAttempts(seconds)
