"""Revocation that holds at once: what has ended, known in every process within a second.

Cognito's sign-out leaves JWTs valid for whoever verifies them locally. So what ends is kept here until the tokens it
concerns have expired: a token by its jti, a session by origin_jti, all of a user's tokens by a not-before time. Every
process holds all of it in memory and asks a shared store twice a second for what is new: no token waits for a store.
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
# A request that ends a session waits this long for the store; what is not written by then follows.
_WRITE_SECONDS = 0.3
# An access token of Cognito lives for a day at most (AccessTokenValidity).
LONGEST_LIFE = 24 * 60 * 60
# A refresh token for a month, unless the pool's client says otherwise (RefreshTokenValidity).
SESSION_LIFE = 30 * LONGEST_LIFE

Kind = Literal["token", "session", "user"]


class Revocation(NamedTuple):
    """What has ended: a jti, an origin_jti or a sub; ``not_before`` is for users; times are seconds since 1970."""

    kind: Kind
    identifier: str
    not_before: int
    expires_at: int


def read_entry(fields: dict[str, str]) -> Revocation | None:
    """Return a revocation as a store has it; nothing, and a line in the log, for an entry that is none."""
    try:
        kind = fields["kind"]
        if kind not in ("token", "session", "user"):
            raise ValueError  # noqa: TRY301 - as what int raises
        return Revocation(kind, fields["identifier"], int(fields["not_before"]), int(fields["expires_at"]))
    except (KeyError, ValueError):
        logger.warning("an entry in the store of revocations cannot be read; it is left out")
        return None


class RevocationStore(Protocol):
    """What processes and hosts share: a log of revocations. Any exception means that it cannot be reached."""

    async def add(self, revocation: Revocation) -> None:
        """Append."""
        ...

    def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield what was appended since the last call, at the first all that has not expired, a page at a time.

        What has been yielded is not yielded again, so that a fault half-way loses nothing and costs nothing twice.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Revocations:
    """What has ended, in this process; with a ``store``, in all that follow the same one."""

    def __init__(
        self,
        store: RevocationStore | None = None,
        *,
        fail_closed: bool = False,
        tolerated_seconds: float = 5.0,
        session_seconds: int = SESSION_LIFE,
    ) -> None:
        """Share by ``store``; one process needs none. ``session_seconds`` is how long a refresh token may live.

        When the store has not answered for ``tolerated_seconds``, what is known here still counts; ``fail_closed``
        then refuses every token, as ``RequireGroups`` and ``FreshPrincipal`` do in any case.
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
        """Tell whether the principal's token has been revoked.

        Raises ``RevocationsUnavailable`` when that cannot be known and it is to fail closed.
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
            # A refresh makes new tokens of an old sign-in: the sign-in counts.
            or (user is not None and principal.auth_time < user.not_before)
        )

    @property
    def is_current(self) -> bool:
        """Whether the store has answered lately, and taken what was to be written, or there is none."""
        since = time.monotonic() - self._tolerated_seconds
        return self._store is None or (self._heard_at >= since and (not self._unsent or self._unsent_since >= since))

    def require_shared(self, *, fail_closed: bool | None = None) -> None:
        """Raise ``RevocationsUnavailable`` when the store has not all that has ended here, and that is to fail closed.

        For whoever has just revoked: it is written when the store is back, but until then others take the tokens.
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
        """End a token, a session or, before ``not_before``, a user's tokens; here at once, elsewhere within a second.

        It holds as long as access tokens live, or refresh tokens where Cognito's own sessions go on. It never fails:
        what cannot be written now is written when the store is back (``require_shared``).
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
        """Follow the store for as long as the context lasts."""
        if self._store is None:
            yield
            return
        await self._exchange(self._store)
        ending = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._follow(self._store, ending))
        try:
            yield
        finally:
            # Not cancelled: a store's client may swallow that, as redis-py's time limits do in Python 3.11.
            ending.set_result(None)
            await task
            if self._unsent:
                # What was answered with success must reach the others, though this process ends.
                await self._exchange(self._store)
            await self._store.aclose()

    async def _follow(self, store: RevocationStore, ending: asyncio.Future[None]) -> None:
        while not (await asyncio.wait([ending], timeout=_POLL_SECONDS))[0]:
            await self._exchange(store)

    async def _exchange(self, store: RevocationStore) -> None:
        """Read what is new, then write what is unsent: a store that takes no writes is still heard."""
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
        except Exception as error:  # noqa: BLE001 - whatever a store's client raises, requests go on
            logger.warning("the store of revocations cannot be used: %s", type(error).__name__)

    def _apply(self, revocation: Revocation) -> None:
        key = (revocation.kind, revocation.identifier)
        before = self._ended.get(key)
        # Entries may come late, and twice: what has ended stays so, for the longest time that was said.
        self._ended[key] = revocation._replace(
            not_before=max(revocation.not_before, before.not_before if before else 0),
            expires_at=max(revocation.expires_at, before.expires_at if before else 0),
        )
        now = time.time()
        if now >= self._next_pruning:
            self._next_pruning = now + 60
            self._ended = {key: kept for key, kept in self._ended.items() if kept.expires_at > now}
