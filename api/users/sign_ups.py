"""Who has signed up for an address, until it is verified: what decides whether the code alone may confirm.

Each sign-up is remembered before Cognito is asked, so that none is unknown whatever fails or ends meanwhile, and
forgotten only where it is known to leave nobody else's password behind. An unconfirmed account lies at Cognito for
ever, so what is known of it has no end either (ADR 0007).
"""

import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from api.errors import MarksUnavailable

if TYPE_CHECKING:
    from api.marks import Marks

logger = logging.getLogger(__name__)

# At most one of each for an address, however many sign-ups there were: one that has set no password for sure, one of
# which that is not known, and an account without a password.
_RIVAL, _DOUBT, _NO_PASSWORD = "rival", "doubt", "no password"


class Known(NamedTuple):
    """What is known of an address: whether its account has no password for sure, and whether others may own it."""

    has_no_password: bool
    is_contested: bool


@dataclass(frozen=True)
class SignUps:
    """Remembers sign-ups by address; ``begin`` and ``known`` raise ``MarksUnavailable``.

    What cannot be written later leaves the sign-up as it began, contested.
    """

    marks: "Marks"

    async def begin(self, email: str) -> str:
        """Remember a sign-up before Cognito is asked, and return a name for it."""
        sign_up = secrets.token_hex(8)
        await self.marks.add(email, sign_up)
        return sign_up

    async def made(self, email: str, sign_up: str, *, has_password: bool) -> None:
        """End a sign-up that made the account; its rivals of before stay, for they have mails and codes to come."""
        async with _remembered():
            if has_password:
                await self.marks.remove(email, sign_up, _NO_PASSWORD)
            else:
                await self.marks.add(email, _NO_PASSWORD)
                # What began before this account was made has made none since, even if its end was never written.
                await self.marks.remove(email, sign_up, *(await self.marks.of(email) - {_NO_PASSWORD, _RIVAL}))

    async def withdraw(self, email: str, sign_up: str) -> None:
        """End a sign-up that left nobody's password behind, or that of the account's maker."""
        async with _remembered():
            await self.marks.remove(email, sign_up)

    async def contest(self, email: str, sign_up: str, *, may_have_set_password: bool) -> None:
        """End a sign-up that met an account, or perhaps made one, whose password need not be its own."""
        async with _remembered():
            await self.marks.add(email, _DOUBT if may_have_set_password else _RIVAL)
            await self.marks.remove(email, sign_up)

    async def known(self, email: str, besides: str = "") -> Known:
        """Return what is known of the address ``besides`` one sign-up."""
        marks = await self.marks.of(email) - {besides}
        # A rival left the account as it was; whatever else is left may have made another since.
        return Known(_NO_PASSWORD in marks and marks <= {_NO_PASSWORD, _RIVAL}, bool(marks))

    async def forget(self, email: str) -> None:
        """Forget everything: the address is verified."""
        async with _remembered():
            await self.marks.clear(email)


@asynccontextmanager
async def _remembered() -> AsyncGenerator[None]:
    try:
        yield
    except MarksUnavailable:
        logger.info("the store is away, so an address stays contested that need not be")
