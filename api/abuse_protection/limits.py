"""The limits of each kind of request, below Cognito's quotas; the setting LIMITS overrides them.

Cognito's quotas are per AWS account and region, and all pools share them (120 sign-ins, 50 sign-ups, 30 recoveries a
second). So a flood of requests in one category must not use up the quota of another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from api.errors import ConfigurationError

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 24 * 3600}
_FORMAT = re.compile(r"([1-9]\d{0,8})/(second|minute|hour|day)")


class Limit(NamedTuple):
    """At most ``events`` in ``seconds``."""

    events: int
    seconds: int


def limit(text: str) -> Limit:
    """Return the limit written as ``20/minute``; raise ``ValueError`` for another form."""
    found = _FORMAT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Limit(int(found[1]), _SECONDS[found[2]])


@dataclass(frozen=True)
class Category:
    """The limits of one kind of request. All but ``failures`` and ``client_failures`` count attempts.

    Attributes:
        name: The name in LIMITS, logs and metrics.
        client: By one client: an IPv4 address, or a network of IPv6.
        total: By all clients.
        address: At one address (mailbox, ``sub`` or token), by all clients.
        pair: At one address by one client.
        failures: Wrong passwords or codes, at one address by one client.
        client_failures: Wrong passwords or codes, by one client.
        total_failures: Wrong codes, by all clients. Above it a client with a wrong code in its window is refused.
        is_reserved: Whether failures count before the guess and are taken back after a right one, so that guesses at
            the same time cannot pass; this costs a call to the store for each right one.
    """

    name: str
    client: Limit | None = None
    total: Limit | None = None
    address: Limit | None = None
    pair: Limit | None = None
    failures: Limit | None = None
    client_failures: Limit | None = None
    total_failures: Limit | None = None
    is_reserved: bool = False


def _category(name: str, *, is_reserved: bool = False, **limits: str) -> Category:
    found: dict[str, Any] = {scope: limit(text) for scope, text in limits.items()}
    return Category(name, is_reserved=is_reserved, **found)


# A password reset signs in too, and a sign-up may resend a code: the sums must also stay below the quotas.
SIGN_IN = _category("sign-in", client="300/minute", total="60/second")
SIGN_IN_CODE = _category("sign-in-code", client="60/minute", total="12/second")
# Its own quota: UserToken, 120 a second. The "address" is the refresh token.
REFRESH = _category("refresh", client="600/minute", total="100/second", address="30/minute")
SIGN_OUT = _category("sign-out", client="300/minute", total="50/second", address="30/minute")
SIGN_UP = _category("sign-up", client="60/minute", total="15/second")
# Cognito allows 15 attempts at the codes of an address an hour. The lower limit here applies first.
VERIFICATION = _category("verification", client="120/minute", total="15/second", address="12/hour")
# Quota: UserAccountRecovery, 30 a second. A reset verifies a code, and signs in to revoke the other sessions. Cognito
# sends an address as few as five codes an hour: one client leaves some of them to the owner.
RECOVERY = _category("recovery", client="60/minute", total="9/second", pair="3/hour")
PASSWORD_CHANGE = _category("password-change", client="60/minute", total="5/second", address="10/hour")
# Quotas: UserUpdate 25 a second, UserRead 120. The "address" is the sub.
ACCOUNT = _category("account", client="120/minute", total="15/second", address="60/hour")
ACCOUNT_READ = _category("account-read", client="600/minute", total="80/second", address="60/minute")
# Quotas of Admin*: 5 to 30 a second, by kind.
ADMINISTRATION = _category("administration", client="300/minute", total="20/second", address="300/minute")
RESEND = _category("resend", client="60/minute", total="12/second", address="5/hour", pair="3/hour")

# Requests that may send a mail count here, too, whether there is an account or not. One client leaves part of a
# mailbox's mails to its owner. The total must be below what the pool's sender may send in a day.
MAIL = _category("mail", client="120/hour", total="40000/day", address="24/hour", pair="8/hour")

# Wrong guesses. Cognito locks a user out after five wrong passwords, and a code ends after few guesses; these limits
# are against guesses that are spread over users. Many users may share a client's address.
PASSWORDS = _category("password-guesses", failures="20/minute", client_failures="1000/hour")
CODES = _category(
    "code-guesses", is_reserved=True, failures="8/hour", client_failures="20/hour", total_failures="2000/hour"
)

CATEGORIES: Mapping[str, Category] = {
    category.name: category
    for category in (
        SIGN_IN,
        SIGN_IN_CODE,
        REFRESH,
        SIGN_OUT,
        SIGN_UP,
        VERIFICATION,
        RECOVERY,
        PASSWORD_CHANGE,
        ACCOUNT,
        ACCOUNT_READ,
        ADMINISTRATION,
        RESEND,
        MAIL,
        PASSWORDS,
        CODES,
    )
}


def scopes_of(category: Category) -> list[str]:
    """Return the names of the limits that a category has."""
    return [row.name for row in fields(category) if isinstance(getattr(category, row.name), Limit)]


def overridden(given: Mapping[str, str]) -> dict[str, Category]:
    """Return all categories by name, with the limits of LIMITS: ``sign-in.client`` -> ``600/minute``.

    Raises ``ConfigurationError`` for an unknown name or another form.
    """
    found = dict(CATEGORIES)
    for name, text in given.items():
        category, _, scope = name.partition(".")
        if category not in found or scope not in scopes_of(found[category]):
            known = ", ".join(f"{row.name}.{scope}" for row in CATEGORIES.values() for scope in scopes_of(row))
            message = f"LIMITS: there is no limit {name!r}. The limits are {known}."
            raise ConfigurationError(message)
        try:
            found[category] = replace(found[category], **{scope: limit(text)})
        except ValueError:
            message = f"LIMITS: {name} = {text!r} must be a number per second, minute, hour or day, such as 20/minute."
            raise ConfigurationError(message) from None
    return found
