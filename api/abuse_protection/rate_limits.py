"""Rate limits per address, per client and in total, for each category of operations; below Cognito's quotas.

Cognito's quotas are per AWS account and region, and all pools share them (120 sign-ins, 50 sign-ups, 30 recoveries a
second). So a flood of requests in one category must not use up the quota of another.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from api.errors import RateLimited, TooManyAttempts

if TYPE_CHECKING:
    from api.abuse_protection.limiter_storage import RateLimitCounters


@dataclass(frozen=True)
class Category:
    """The limits of one kind of operation, in the notation of the library limits: ``20/minute``."""

    name: str
    per_address: str
    per_client: str
    in_total: str


# A password reset signs in too, and a sign-up may resend a code: the sums must also stay below the quotas.
SIGN_IN = Category("sign-in", "20/minute", "300/minute", "60/second")
# Each attempt sends a mail.
SIGN_IN_CODE = Category("sign-in code", "10/hour", "60/minute", "12/second")
# Its own quota: UserToken, 120 a second. The "address" is the refresh token.
REFRESH = Category("refresh", "30/minute", "600/minute", "100/second")
SIGN_OUT = Category("sign-out", "30/minute", "300/minute", "50/second")
SIGN_UP = Category("sign-up", "10/hour", "60/minute", "15/second")
# Cognito allows 15 attempts at the codes of an address an hour, and reports this limit only for addresses with an
# account. The lower limit here applies first, to all addresses.
VERIFICATION = Category("verification", "12/hour", "120/minute", "15/second")
# Quota: UserAccountRecovery, 30 a second. A reset verifies a code, and signs in to revoke the other sessions.
RECOVERY = Category("recovery", "5/hour", "60/minute", "9/second")
PASSWORD_CHANGE = Category("password change", "10/hour", "60/minute", "5/second")
# Quotas: UserUpdate 25 a second, UserRead 120. The "address" is the sub.
ACCOUNT = Category("account", "60/hour", "120/minute", "15/second")
ACCOUNT_READ = Category("account read", "60/minute", "600/minute", "80/second")
# Quotas of Admin*: 5 to 30 a second, by kind.
ADMINISTRATION = Category("administration", "300/minute", "300/minute", "20/second")
RESEND = Category("resend", "5/hour", "60/minute", "12/second")


class RateLimits:
    """Counts every attempt, successful or not, so that a limit does not reveal the outcome."""

    def __init__(self, counters: "RateLimitCounters", *, enabled: bool) -> None:
        """Count with ``counters``; do not limit anything unless ``enabled``."""
        self._counters = counters
        self._enabled = enabled

    async def check(self, category: Category, address: str, client: str) -> None:
        """Count an attempt; raise ``RateLimited`` or, for the address, ``TooManyAttempts`` when it exceeds a limit."""
        if not self._enabled:
            return
        if seconds := await self._counters.hit(category.per_client, category.name, "client", _client_of(client)):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.in_total, category.name, "total"):
            raise RateLimited(seconds)
        if seconds := await self._counters.hit(category.per_address, category.name, "address", address):
            raise TooManyAttempts(seconds)


def _client_of(host: str) -> str:
    """Return the key of a client: its IPv4 address, or its IPv6 network of 64 bits (RFC 4291, section 2.5.4)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
