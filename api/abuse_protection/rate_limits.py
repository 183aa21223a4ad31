"""How often an address, a client and all together may try: below Cognito's quotas, a category at a time.

Cognito's quotas are per account and region, shared by every pool (120 sign-ins, 50 sign-ups, 30 recoveries a
second), so a flood of one category must not spend another's.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from api.errors import RateLimited, TooManyAttempts

if TYPE_CHECKING:
    from api.abuse_protection.limiter_storage import Counters


@dataclass(frozen=True)
class Category:
    """The limits of one kind of operation, in the notation of the library limits: ``20/minute``."""

    name: str
    per_address: str
    per_client: str
    in_total: str


# A reset signs in too, and a sign-up may resend: the sums must fit as well.
SIGN_IN = Category("sign-in", "20/minute", "300/minute", "60/second")
# Each sends a mail.
SIGN_IN_CODE = Category("sign-in code", "10/hour", "60/minute", "12/second")
# Its own quota: UserToken, 120 a second. The "address" is the refresh token.
REFRESH = Category("refresh", "30/minute", "600/minute", "100/second")
SIGN_OUT = Category("sign-out", "30/minute", "300/minute", "50/second")
SIGN_UP = Category("sign-up", "10/hour", "60/minute", "15/second")
# Cognito takes 15 tries at an address's codes an hour, and says so for real addresses only: here all are told sooner.
VERIFICATION = Category("verification", "12/hour", "120/minute", "15/second")
# UserAccountRecovery: 30 a second. A reset is a verification, and signs in to end the other sessions.
RECOVERY = Category("recovery", "5/hour", "60/minute", "9/second")
PASSWORD_CHANGE = Category("password change", "10/hour", "60/minute", "5/second")
# Quotas: UserUpdate 25 a second, UserRead 120. The "address" is the sub.
ACCOUNT = Category("account", "60/hour", "120/minute", "15/second")
ACCOUNT_READ = Category("account read", "60/minute", "600/minute", "80/second")
# Quotas of Admin*: 5 to 30 a second, by kind.
ADMINISTRATION = Category("administration", "300/minute", "300/minute", "20/second")
RESEND = Category("resend", "5/hour", "60/minute", "12/second")


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
        if seconds := await self._counters.hit(category.per_client, category.name, "client", _client_of(client)):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.in_total, category.name, "total"):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.per_address, category.name, "address", address):
            raise TooManyAttempts(seconds)


def _client_of(host: str) -> str:
    """Return what one client has: an IPv4 address, or an IPv6 network of 64 bits (RFC 4291, section 2.5.4)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
