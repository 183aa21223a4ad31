"""Who has signed up for an address, until it is verified: what decides whether the code alone may confirm.

An unconfirmed account lies at Cognito for ever, so what is known of it has no end either (ADR 0007).
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from api.errors import MarksUnavailable

if TYPE_CHECKING:
    from api.marks import Marks

logger = logging.getLogger(__name__)

_WITH_PASSWORD, _WITHOUT_PASSWORD = "with a password", "without a password"
_HOW = {_WITH_PASSWORD, _WITHOUT_PASSWORD}


class Known(NamedTuple):
    """What is known of an address's sign-ups.

    ``rivals`` are the sign-ups that met a taken address; ``has_password`` is whether the account was made with one,
    or nothing where that is not known.
    """

    rivals: frozenset[str]
    has_password: bool | None


@dataclass(frozen=True)
class SignUps:
    """Remembers sign-ups by address; each method but ``forget`` raises ``MarksUnavailable``."""

    marks: "Marks"
    # Whether accounts can be made without a password; else there is nothing to tell apart.
    passwordless: bool

    async def made(self, email: str, *, has_password: bool) -> None:
        """Begin anew: Cognito has made an account, so one of before is gone."""
        how = _WITH_PASSWORD if has_password else _WITHOUT_PASSWORD
        await self.marks.replace(email, *([how] if self.passwordless else []))

    async def contest(self, email: str, rival: str) -> None:
        """Remember a sign-up that met a taken address; ``rival`` is any name for it."""
        await self.marks.add(email, rival)

    async def withdraw(self, email: str, rival: str) -> None:
        """Forget a rival who has shown to be the first comer."""
        await self.marks.remove(email, rival)

    async def known(self, email: str) -> Known:
        """Return what is known of the address."""
        marks = await self.marks.of(email)
        how = _WITH_PASSWORD in marks if marks & _HOW else None
        return Known(marks - _HOW, how)

    async def forget(self, email: str) -> None:
        """Forget everything: the address is verified."""
        try:
            await self.marks.replace(email)
        except MarksUnavailable:
            # The next account of this address begins anew.
            logger.info("the sign-ups of a verified address are still remembered")
