"""Counting of attempts, which every route that reaches Cognito begins with."""

from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request

from api.abuse_protection.limits import Category
from api.cognito.calls import UserContext
from api.telemetry.request_context import note
from api.web.client_ip import client_ip

if TYPE_CHECKING:
    from api.abuse_protection.rate_limits import RateLimits


async def count_attempt(
    request: Request, category: Category, key: str, *, guesses: Category | None = None, mailbox: str = ""
) -> UserContext:
    """Count an attempt against the limits of ``category`` and return the caller's context for Cognito.

    ``key`` is what the per-address limits count: an e-mail address, a ``sub`` or a token; ``guesses`` and ``mailbox``
    as in ``RateLimits.check``. ``JsonRoute`` settles the attempt when the request fails. Raises ``TooFast`` when a
    limit is exceeded.
    """
    client = client_ip(request, request.app.state.trusted_proxies)
    note(client_ip=client, address=key if "@" in key else None)
    rate_limits: RateLimits = request.app.state.rate_limits
    attempt = await rate_limits.check(category, key, client, guesses=guesses, mailbox=mailbox)
    request.state.settle_attempt = partial(rate_limits.settle, attempt)
    return UserContext(client)
