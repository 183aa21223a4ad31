"""Counts attempts and wrong guesses per client, per address and in total, and refuses what exceeds a limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from api.abuse_protection.counters import Window
from api.abuse_protection.limits import MAIL, Category, Limit
from api.errors import (
    ChallengeCodeMismatch,
    InvalidCode,
    InvalidCredentials,
    RateLimited,
    TooManyAttempts,
)
from api.kit.ip_addresses import ip_of
from api.telemetry.request_context import has_called_upstream, note

if TYPE_CHECKING:
    from api.abuse_protection.counters import RateLimitCounters

_WRONG_GUESSES = (InvalidCredentials, InvalidCode, ChallengeCodeMismatch)
# In the order of the checks: another client is refused before it spends what is common to all.
_SCOPES = ("client_failures", "client", "failures", "pair", "address", "total")
_COMMON = {"client_failures", "client", "total", "total_failures"}
# How many of the limits of a network of 64 bits the larger networks around it have together: providers assign
# customers 48 to 64 bits (RFC 6177).
_NETWORKS = {64: 1, 56: 4, 48: 16}


class Source(NamedTuple):
    """A network of the client, and how many times the limit of a single client it has."""

    network: str
    factor: int


class Attempt(NamedTuple):
    """A counted attempt.

    ``attempts`` are the windows that count it; ``reserved`` those that count it as a wrong guess already, and
    ``failures`` those that will.
    """

    attempts: Sequence[Window] = ()
    reserved: Sequence[Window] = ()
    failures: Sequence[Window] = ()
    made_at: float = 0.0


class _Row(NamedTuple):
    category: str
    scope: str
    window: Window


@dataclass(frozen=True)
class RateLimits:
    """Limits of all categories. Whether an attempt counts never depends on whether there is an account."""

    counters: "RateLimitCounters"
    categories: Mapping[str, Category]
    enabled: bool

    async def check(
        self, category: Category, address: str, client: str, *, guesses: Category | None = None, mailbox: str = ""
    ) -> Attempt:
        """Count an attempt.

        Args:
            category: The kind of request.
            address: The mailbox, ``sub`` or token that the attempt is at.
            client: The caller's IP address.
            guesses: ``PASSWORDS`` or ``CODES`` for a request that can guess one.
            mailbox: The address to which the request may send a mail.

        Raises:
            TooManyAttempts: A limit of the address is exceeded.
            RateLimited: A limit of the client, or the total, is exceeded.
        """
        if not self.enabled:
            return Attempt()
        sources = _sources(client)
        is_strict = guesses is not None and await self._is_braked(guesses)
        rows = list(self._rows(category, address, sources))
        rows += self._rows(guesses, address, sources, is_strict=is_strict) if guesses else ()
        rows += self._rows(MAIL, _folded(mailbox), sources) if mailbox else ()
        # Totals are last, so that a client that is refused has not spent them.
        rows.sort(key=lambda row: row.scope == "total")
        full = await self.counters.hit([row.window for row in rows])
        if full:
            refused = rows[full.place]
            scope = "total_failures" if is_strict and refused.scope == "client_failures" else refused.scope
            note(refusal=(refused.category, scope))
            raise (RateLimited if scope in _COMMON else TooManyAttempts)(full.retry_after)
        return self._attempt(rows, guesses)

    async def settle(self, attempt: Attempt, error: BaseException | None) -> None:
        """Count a wrong guess, or take back what was reserved for one; take back an attempt that made no call."""
        if isinstance(error, _WRONG_GUESSES):
            await self.counters.change(attempt.failures, 1)
            return
        await self.counters.change(attempt.reserved, -1)
        if error and not has_called_upstream():
            # A shorter window has ended, and another one may have begun.
            seconds = monotonic() - attempt.made_at
            await self.counters.change([window for window in attempt.attempts if window.seconds > seconds], -1)

    async def _is_braked(self, guesses: Category) -> bool:
        window = self._total_failures(guesses)
        return bool(window) and await self.counters.hit(window) is not None

    def _total_failures(self, guesses: Category) -> list[Window]:
        limit = self.categories[guesses.name].total_failures
        return [self._window(guesses.name, "total_failures", (), limit, 1)] if limit else []

    def _attempt(self, rows: list[_Row], guesses: Category | None) -> Attempt:
        windows = [row.window for row in rows]
        failures = [window for window in windows if not window.counts]
        return Attempt(
            attempts=[window for window in windows if window.kind == "attempts"],
            reserved=[window for window in windows if window.counts and window.kind == "failures"],
            failures=[*failures, *(self._total_failures(guesses) if guesses else ())],
            made_at=monotonic(),
        )

    def _rows(
        self, category: Category, address: str, sources: Sequence[Source], *, is_strict: bool = False
    ) -> Iterator[_Row]:
        limits = self.categories[category.name]
        for scope in _SCOPES:
            limit: Limit | None = getattr(limits, scope)
            # A client without an address may be anybody.
            if limit is None or (scope == "client_failures" and not sources[0].network):
                continue
            if scope == "client_failures" and is_strict:
                limit = limit._replace(events=1)
            for parts, factor in _keys(scope, address, sources):
                yield _Row(category.name, scope, self._window(category.name, scope, parts, limit, factor))

    def _window(self, category: str, scope: str, parts: tuple[str, ...], limit: Limit, factor: int) -> Window:
        key = self.counters.key(category, scope, *parts)
        is_failure = scope.endswith("failures")
        counts = not is_failure or (self.categories[category].is_reserved and scope != "total_failures")
        return Window(key, limit.events * factor, limit.seconds, counts, "failures" if is_failure else "attempts")


def _keys(scope: str, address: str, sources: Sequence[Source]) -> list[tuple[tuple[str, ...], int]]:
    match scope:
        case "client" | "client_failures":
            return [((network,), factor) for network, factor in sources]
        case "pair" | "failures":
            return [((address, network), factor) for network, factor in sources]
        case "address":
            return [((address,), 1)]
        case _:
            return [((), 1)]


@lru_cache(4096)
def _sources(host: str) -> Sequence[Source]:
    """Return the networks that count as one client: its IPv4 address, or its IPv6 networks (RFC 4291)."""
    address = ip_of(host)
    if not isinstance(address, IPv6Address):
        return [Source(str(address or host), 1)]
    return [Source(str(IPv6Network((address, bits), strict=False)), factor) for bits, factor in _NETWORKS.items()]


def _folded(mailbox: str) -> str:
    """Return the mailbox without a tag (``ada+shop@example.com``), which most providers ignore."""
    name, _, domain = mailbox.lower().rpartition("@")
    return f"{name.partition('+')[0] or name}@{domain}"
