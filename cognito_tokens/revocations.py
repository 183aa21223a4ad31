"""Immediate revocation of tokens, sessions and users, known to every process within a second.

Cognito's sign-out does not invalidate JWTs that are verified locally. Revocations are therefore kept until the tokens
concerned have expired: a token by its jti, a session by origin_jti, all of a user's tokens by a not-before time. Every
process holds all of them in memory and polls a shared store every 0.4 s, so verification never waits for a store.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Literal, NamedTuple, Protocol

from cognito_tokens.errors import RevocationsUnavailable
from cognito_tokens.principal import Principal

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.4
_STORE_SECONDS = 2.0
# A revocation waits this long for the store; writing then continues in the background.
_WRITE_SECONDS = 0.3
# The maximum lifetime of a Cognito access token is one day (AccessTokenValidity).
LONGEST_LIFE = 24 * 60 * 60
# The default lifetime of a refresh token is 30 days; the app client may set another (RefreshTokenValidity).
SESSION_LIFE = 30 * LONGEST_LIFE

Kind = Literal["token", "session", "user"]


class Revocation(NamedTuple):
    """A revoked jti, origin_jti or sub; ``not_before`` applies to users; times are in seconds since the Unix epoch."""

    kind: Kind
    identifier: str
    not_before: int
    expires_at: int


def read_entry(fields: dict[str, str]) -> Revocation | None:
    """Return the revocation in a store's entry, or log a warning and return ``None`` if the entry is not valid."""
    try:
        kind = fields["kind"]
        if kind not in ("token", "session", "user"):
            raise ValueError  # noqa: TRY301 - the exception that int raises
        return Revocation(kind, fields["identifier"], int(fields["not_before"]), int(fields["expires_at"]))
    except (KeyError, ValueError):
        logger.warning("ignored an invalid entry in the revocation store")
        return None


class RevocationStore(Protocol):
    """Log of revocations shared by processes and hosts. Any exception means that the store is unreachable."""

    async def add(self, revocation: Revocation) -> None:
        """Append ``revocation`` to the log."""
        ...

    def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield the entries appended since the last call, page by page; the first call yields all unexpired entries.

        After a failure, the next call continues after the last page that was yielded.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Revocations:
    """Revocations known to this process; with a ``store``, to all processes that follow the same store."""

    def __init__(
        self,
        store: RevocationStore | None = None,
        *,
        fail_closed: bool = False,
        tolerated_seconds: float = 5.0,
        session_seconds: int = SESSION_LIFE,
    ) -> None:
        """Create an empty list of revocations; ``following`` loads those in the store.

        Args:
            store: The store to share revocations through; a single process needs none.
            fail_closed: Whether to refuse every token once the store is unreachable. By default the revocations known
                to this process still apply. ``FreshPrincipal`` and, by default, ``RequireGroups`` always fail closed.
            tolerated_seconds: The time without a response after which the store is considered unreachable.
            session_seconds: The maximum lifetime of a refresh token.
        """
        self._store = store
        self._fail_closed = fail_closed
        self._tolerated_seconds = tolerated_seconds
        self._session_seconds = session_seconds
        self._ended: dict[tuple[Kind, str], Revocation] = {}
        self._unsent: list[Revocation] = []
        self._heard_at = self._unsent_since = float("-inf")
        self._next_pruning = 0.0
        self._exchanging = asyncio.Lock()
        self._writing: set[asyncio.Future[None]] = set()

    def revokes(self, principal: Principal, *, fail_closed: bool | None = None) -> bool:
        """Return whether the principal's token has been revoked.

        Raises ``RevocationsUnavailable`` if the store is unreachable and the check fails closed.
        """
        must_know = self._fail_closed if fail_closed is None else fail_closed
        if must_know and not self.is_current:
            raise RevocationsUnavailable
        ended = self._ended
        if not ended:
            return False
        user = ended.get(("user", principal.sub))
        return (
            ("session", principal.origin_jti) in ended
            or ("token", principal.jti) in ended
            # Refreshed tokens keep the auth_time of the sign-in, so a refresh does not evade the revocation.
            or (user is not None and principal.auth_time < user.not_before)
        )

    @property
    def is_current(self) -> bool:
        """Whether the store has recently responded and accepted all writes; always true without a store."""
        since = time.monotonic() - self._tolerated_seconds
        return self._store is None or (self._heard_at >= since and (not self._unsent or self._unsent_since >= since))

    @property
    def age(self) -> float:
        """Seconds since the store was read, infinite before that; 0 without a store."""
        return time.monotonic() - self._heard_at if self._store else 0.0

    def require_shared(self, *, fail_closed: bool | None = None) -> None:
        """Raise ``RevocationsUnavailable`` if revocations of this process are not in the store and this fails closed.

        To be called after ``revoke``: pending revocations are written when the store is reachable again, but until then
        other processes accept the tokens.
        """
        must_share = self._fail_closed if fail_closed is None else fail_closed
        if must_share and self._unsent:
            raise RevocationsUnavailable

    async def revoke(
        self,
        kind: Kind,
        identifier: str,
        *,
        not_before: int = 0,
        expires_at: int | None = None,
        is_over_at_cognito: bool = True,
    ) -> None:
        """Revoke a token, a session or a user's tokens: in this process at once, in others within a second.

        Never fails: a revocation that cannot be written now is written when the store is reachable again
        (``require_shared``).

        Args:
            kind: What to revoke.
            identifier: The jti of a token, the origin_jti of a session or the sub of a user.
            not_before: For a user, the time before which sign-ins are revoked.
            expires_at: When to forget the revocation; by default, when all tokens concerned have expired.
            is_over_at_cognito: Whether the session has also ended at Cognito. If it has not, the default of
                ``expires_at`` is the lifetime of refresh tokens instead of access tokens.
        """
        life = LONGEST_LIFE if is_over_at_cognito else self._session_seconds
        revocation = Revocation(kind, identifier, not_before, expires_at or int(time.time()) + life)
        self._apply(revocation)
        if self._store is not None:
            self._unsent_since = self._unsent_since if self._unsent else time.monotonic()
            self._unsent.append(revocation)
            task = asyncio.ensure_future(self._exchange(self._store))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
            await asyncio.wait([task], timeout=_WRITE_SECONDS)

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[None]:
        """Poll the store until the context exits; then write what is pending and close the store."""
        if self._store is None:
            yield
            return
        await self._exchange(self._store)
        ending = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._follow(self._store, ending))
        try:
            yield
        finally:
            # Not cancelled: a store's client may swallow the cancellation, as redis-py's timeouts do in Python 3.11.
            ending.set_result(None)
            await task
            if self._unsent:
                # Revocations reported as successful must reach the other processes before this one exits.
                await self._exchange(self._store)
            await self._store.aclose()

    async def _follow(self, store: RevocationStore, ending: asyncio.Future[None]) -> None:
        while not (await asyncio.wait([ending], timeout=_POLL_SECONDS))[0]:
            await self._exchange(store)

    async def _exchange(self, store: RevocationStore) -> None:
        """Read new entries, then write pending ones: a store that rejects writes is still read."""
        try:
            async with asyncio.timeout(_STORE_SECONDS), self._exchanging:
                async with aclosing(store.read()) as pages:
                    async for page in pages:
                        for revocation in page:
                            self._apply(revocation)
                self._heard_at = time.monotonic()
                self._unsent = [revocation for revocation in self._unsent if revocation.expires_at > time.time()]
                while self._unsent:
                    await store.add(self._unsent[0])
                    del self._unsent[0]
        except Exception as error:  # noqa: BLE001 - no failure of a store's client may fail a request
            logger.warning("revocation store unavailable: %s", type(error).__name__)

    def _apply(self, revocation: Revocation) -> None:
        key = (revocation.kind, revocation.identifier)
        before = self._ended.get(key)
        # Entries may arrive late or twice: the latest not_before and expires_at apply.
        self._ended[key] = revocation._replace(
            not_before=max(revocation.not_before, before.not_before if before else 0),
            expires_at=max(revocation.expires_at, before.expires_at if before else 0),
        )
        now = time.time()
        if now >= self._next_pruning:
            self._next_pruning = now + 60
            self._ended = {key: kept for key, kept in self._ended.items() if kept.expires_at > now}
