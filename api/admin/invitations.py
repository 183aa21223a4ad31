"""Invitations that were not accepted yet: their end, and the administrator that sent them last.

Cognito keeps neither, so they are in the state store, by user.
"""

import logging
import time
from dataclasses import dataclass
from typing import NamedTuple

from api.errors import StateUnavailable
from api.state.addresses import Addresses
from api.telemetry.request_context import note

logger = logging.getLogger(__name__)

_DAY = 24 * 3600
# Longer than an invitation is valid, so that the sender is known for a while after a user has accepted it.
_KEPT_SECONDS = 2 * 365 * _DAY


class Invitation(NamedTuple):
    """When the temporary password expires, in seconds since 1970, and the ``sub`` of the administrator, if known."""

    expires_at: int
    invited_by: str | None


@dataclass(frozen=True)
class Invitations:
    """Invitations by the ``sub`` of the invited user; each is valid for ``days``, the pool's setting."""

    addresses: Addresses
    days: int

    async def sent(self, sub: str, by: str) -> Invitation:
        """Remember an invitation; without the store, only its sender is forgotten, and the end of a repeated one."""
        note(invited_by=by)
        now = int(time.time())
        invitation = Invitation(now + self.days * _DAY, by)
        try:
            await self.addresses.put(_key(sub), "accepted", f"{invitation.expires_at} {by}", now + _KEPT_SECONDS)
        except StateUnavailable:
            logger.warning("an invitation was sent, but its sender could not be stored")
        return invitation

    async def last(self, sub: str, created_at: float | None) -> Invitation:
        """Return the last invitation; if it is not known, the end of one that was sent when the user was created."""
        try:
            known = (await self.addresses.read(_key(sub))).accepted
        except StateUnavailable:
            known = ""
        if known:
            expires_at, _, invited_by = known.partition(" ")
            return Invitation(int(expires_at), invited_by)
        return Invitation(int(created_at or 0) + self.days * _DAY, None)


def _key(sub: str) -> str:
    return f"invitation {sub}"
