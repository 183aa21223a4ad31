"""Who has signed up for an address, until it is verified: what decides whether a code may confirm.

Cognito calls an unconfirmed user unconfirmed whatever the password (aws/aws-sdk-js issue 4608), so it cannot be asked
whose password lies there. Each password that was offered is known here by a keyed hash instead, before Cognito is
asked, so that no sign-up is unknown whatever fails or ends meanwhile. An unconfirmed account lies at Cognito for ever,
so what is known of it has no end either (ADR 0007).
"""

import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from api.errors import MarksUnavailable
from api.kit.keyed_hash import hashed_key

if TYPE_CHECKING:
    from api.state.marks import Marks

logger = logging.getLogger(__name__)

# Marks of an address: what was offered, what made the account, a sign-up whose end was not heard. Any other mark is the
# name of a sign-up under way, or of one whose end could not be written.
_OFFERED, _MADE, _DOUBT = "offered ", "made ", "doubt"
# In the place of a password's hash: none was offered; an account was met that nobody is known to have made.
_NONE, _UNKNOWN = "none", "unknown"
# More would say no more than that the address is contested.
_MOST_OFFERED = 2


class SignUp(NamedTuple):
    """A sign-up under way; ``hashes`` are of its password, with each of the keys, the newest first."""

    email: str
    hashes: tuple[str, ...]
    name: str
    # The marks that an account which it makes does away with.
    before: frozenset[str]


class _Known(NamedTuple):
    """What is known of an address; ``is_sure`` when the account is that of ``makers`` or of nobody known."""

    offered: frozenset[str]
    makers: frozenset[str]
    is_sure: bool

    def is_made_with(self, *hashes: str) -> bool:
        return self.is_sure and bool(self.makers) and self.makers.issubset(hashes)

    def is_made_elsewhere(self) -> bool:
        """Tell whether everybody who came has surely made nothing, so that the account is of somebody unknown."""
        return self.is_sure and bool(self.offered) and not self.makers

    def is_only_of(self, *hashes: str) -> bool:
        return self.offered.issubset(hashes) and not self.is_made_elsewhere()

    def is_of_one(self) -> bool:
        return len(self.offered) <= 1 and _UNKNOWN not in self.offered and not self.is_made_elsewhere()


@dataclass(frozen=True)
class SignUps:
    """Remembers sign-ups by address; ``begin``, ``offer``, ``is_alone`` and ``may_confirm`` raise ``MarksUnavailable``.

    What cannot be written at a sign-up's end leaves it under way, which is in doubt.
    """

    marks: "Marks"
    keys: tuple[str, ...]

    async def begin(self, email: str, password: str | None) -> SignUp:
        """Remember a sign-up before Cognito is asked."""
        hashes = self._hashes(email, password)
        marks = await self.marks.of(email)
        before = frozenset(mark for mark in marks if not mark.startswith(_OFFERED))
        sign_up = SignUp(email, hashes, secrets.token_hex(8), before)
        await self.marks.add(email, sign_up.name, *_new_offer(marks, hashes))
        return sign_up

    async def offer(self, email: str, password: str | None) -> None:
        """Remember that somebody came with this password, though Cognito is not asked."""
        if new := _new_offer(await self.marks.of(email), self._hashes(email, password)):
            await self.marks.add(email, *new)

    async def made(self, sign_up: SignUp) -> None:
        """End a sign-up that made the account: what others may have made before it is gone."""
        async with _remembered():
            made = _MADE + sign_up.hashes[0]
            await self.marks.add(sign_up.email, made)
            await self.marks.remove(sign_up.email, sign_up.name, *(sign_up.before - {made}))

    async def refused(self, sign_up: SignUp) -> None:
        """End a sign-up that has surely made nothing."""
        async with _remembered():
            await self.marks.remove(sign_up.email, sign_up.name)

    async def met(self, sign_up: SignUp) -> None:
        """End a sign-up that has surely met an account; where that is not of here, no password need be known of it."""
        async with _remembered():
            known = await self._known(sign_up.email, sign_up.name)
            useless = known.offered - {_UNKNOWN} if known.is_made_elsewhere() else frozenset[str]()
            if useless:
                await self.marks.add(sign_up.email, _OFFERED + _UNKNOWN)
            await self.marks.remove(sign_up.email, sign_up.name, *(_OFFERED + offered for offered in useless))

    async def lost(self, sign_up: SignUp) -> None:
        """End a sign-up that may have made an account."""
        async with _remembered():
            await self.marks.add(sign_up.email, _DOUBT)
            await self.marks.remove(sign_up.email, sign_up.name)

    async def is_alone(self, sign_up: SignUp) -> bool:
        """Tell whether nothing else was ever offered for the address, and nobody else is known to have made it."""
        return (await self._known(sign_up.email)).is_only_of(*sign_up.hashes)

    async def may_confirm(self, email: str, password: str | None, *, always: bool) -> bool:
        """Tell whether no password of a stranger is confirmed by a code that comes with this password, or with none.

        ``always`` wants the password of the sign-up that is known to have made the account.
        """
        known, hashes = await self._known(email), self._hashes(email, password)
        is_alone = known.is_of_one() if password is None else known.is_only_of(*hashes)
        # Where the account has no password there is none to confirm, whatever comes along.
        return known.is_made_with(_NONE, *hashes) or (is_alone and not always)

    async def is_password(self, email: str, password: str) -> bool:
        """Tell whether the address, not verified yet, is known to have this password; not, while the store is away."""
        try:
            known = await self._known(email)
        except MarksUnavailable:
            return False
        hashes = self._hashes(email, password)
        return known.is_made_with(*hashes) or (bool(known.offered) and known.is_only_of(*hashes))

    async def forget(self, email: str) -> None:
        """Forget everything: the address is verified."""
        async with _remembered():
            await self.marks.clear(email)

    async def _known(self, email: str, besides: str = "") -> _Known:
        marks = await self.marks.of(email) - {besides}
        is_sure = all(mark.startswith((_OFFERED, _MADE)) for mark in marks)
        # Marks without an offer are of an older version, which kept them for contests only.
        offered = _after(_OFFERED, marks) or frozenset((_UNKNOWN,) if marks else ())
        return _Known(offered, _after(_MADE, marks), is_sure)

    def _hashes(self, email: str, password: str | None) -> tuple[str, ...]:
        if password is None:
            return (_NONE,)
        return tuple(hashed_key(key, "sign-up", email, password) for key in self.keys)


def _new_offer(marks: frozenset[str], hashes: tuple[str, ...]) -> tuple[str, ...]:
    offered = _after(_OFFERED, marks)
    is_new = len(offered) < _MOST_OFFERED and offered.isdisjoint(hashes)
    return (_OFFERED + hashes[0],) if is_new else ()


def _after(prefix: str, marks: frozenset[str]) -> frozenset[str]:
    return frozenset(mark.removeprefix(prefix) for mark in marks if mark.startswith(prefix))


@asynccontextmanager
async def _remembered() -> AsyncGenerator[None]:
    try:
        yield
    except MarksUnavailable:
        logger.warning("the store is away, so a sign-up whose end is known stays in doubt")
