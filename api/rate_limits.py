"""How often an address, a client and all together may try: below Cognito's quotas, a category at a time.

Cognito's quotas are per account and region, shared by every pool (120 sign-ins, 50 sign-ups, 30 recoveries a
second), so a flood of one category must not spend another's.
"""

from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond

from api.counters import Counters
from api.errors import RateLimited, TooManyAttempts


@dataclass(frozen=True)
class Category:
    """The limits of one kind of operation."""

    name: str
    per_address: RateLimitItem
    per_client: RateLimitItem
    in_total: RateLimitItem


SIGN_IN = Category("sign-in", RateLimitItemPerMinute(20), RateLimitItemPerMinute(300), RateLimitItemPerSecond(100))
SIGN_UP = Category("sign-up", RateLimitItemPerHour(10), RateLimitItemPerMinute(60), RateLimitItemPerSecond(40))
VERIFICATION = Category(
    "verification", RateLimitItemPerHour(30), RateLimitItemPerMinute(120), RateLimitItemPerSecond(25)
)
RESEND = Category("resend", RateLimitItemPerHour(5), RateLimitItemPerMinute(60), RateLimitItemPerSecond(25))


class RateLimits:
    """Counts every attempt, successful or not: the answer must not tell which."""

    def __init__(self, counters: Counters, *, enabled: bool) -> None:
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
