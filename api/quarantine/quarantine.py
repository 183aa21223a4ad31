"""The rule against account pre-hijacking: sign-ups, verifications and their marks."""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from api.errors import StateUnavailable
from api.state.address_store import SIGN_UP_SECONDS, AddressRecord
from api.state.addresses import Addresses
from api.telemetry.request_context import note

# Longer than a request may last: a mark that is older was left by a process that crashed.
_REQUEST_SECONDS = 11
# A sign-in waits this long for verifications in flight, and looks this often.
_WAIT_SECONDS = 5.0
_LOOK_SECONDS = 0.1
_STAYS = 0


class Verification(NamedTuple):
    """A verification in flight: its mark, and the marks that stood before it.

    ``is_past_sign_up``: a user had signed in with the address, so that its mark is elsewhere and quarantines nothing.
    """

    email: str
    mark: str
    seen: frozenset[str]
    is_past_sign_up: bool


@dataclass(frozen=True)
class Quarantine:
    """Records the events of an address, and tells what they allow.

    Every method makes the same calls to the store whatever it finds, and raises ``StateUnavailable`` when the store
    does not acknowledge, unless it says otherwise.
    """

    addresses: Addresses
    # The lifetime of a refresh token: how long a sign-in is remembered.
    session_seconds: int
    # VERIFY_REQUIRES_PASSWORD: no sign-up is ever the sole one.
    password_always: bool = False
    # STATE_FAILURE=closed: sign-in requires the store.
    fail_closed: bool = False

    async def sign_up_begins(self, email: str) -> str:
        """Count a sign-up before Cognito is asked; return the attempt's id. It is never taken back."""
        attempt = secrets.token_hex(8)
        await self.addresses.count_attempt(email, attempt)
        return attempt

    async def sign_up_accepted(self, email: str, attempt: str) -> None:
        """Record that Cognito accepted the attempt; if that fails, the address remains unproven."""
        with suppress(StateUnavailable):
            await self.addresses.put(email, "accepted", attempt, int(time.time()) + SIGN_UP_SECONDS)

    async def verification_begins(self, email: str) -> Verification:
        """Set a mark, which quarantines the address until the verification ends well."""
        record = await self.addresses.read(email)
        verification = Verification(email, secrets.token_hex(8), record.standing, record.sub is not None)
        try:
            await self._mark(verification)
        except StateUnavailable:
            # It may have been set all the same. Cognito has not been asked yet, so there is nothing to quarantine.
            with suppress(StateUnavailable):
                await self._unmark(verification)
            raise
        return verification

    async def verification_refused(self, verification: Verification) -> None:
        """Remove the verification's own mark: Cognito has surely not confirmed the address."""
        await self._unmark(verification)

    async def verification_unknown(self, verification: Verification, *, has_password: bool) -> None:
        """Keep the mark: Cognito may have confirmed the address. With the code alone, a sole sign-up needs none."""
        is_needless = await self.is_sole(verification.email) and not has_password
        if is_needless or verification.is_past_sign_up:
            await self.verification_refused(verification)
        else:
            await self.stays(verification)

    async def code_accepted(self, verification: Verification) -> tuple[Verification, bool]:
        """Return the verification to go on with, and whether the code alone proves the password of the account.

        An address past sign-up has no code of a sign-up: its known user was deleted elsewhere, and this account is of
        another user.
        """
        current = verification._replace(is_past_sign_up=False)
        if verification.is_past_sign_up:
            await self._mark(current)
            await self._unmark(verification)
            await self.addresses.delete(current.email, "sub")
        is_sole = await self.is_sole(current.email)
        # It is used up: the next account of this address is another one.
        await self.addresses.delete(current.email, "accepted")
        return current, is_sole

    async def is_sole(self, email: str) -> bool:
        """Return whether the account is known to be of the only sign-up, so that the code alone proves its password."""
        return (await self.addresses.read(email)).is_sole and not self.password_always

    async def has_other_marks(self, verification: Verification) -> bool:
        """Return whether another request has left a mark."""
        return bool((await self.addresses.read(verification.email)).marks.keys() - {verification.mark})

    async def password_proved(self, verification: Verification) -> None:
        """Lift the quarantine of a confirmed address: remove its own mark and those that stood before, no others."""
        await self.addresses.remove_marks(verification.email, verification.seen | {verification.mark})

    async def stays(self, verification: Verification) -> None:
        """Keep the quarantine: the password is not proved."""
        await self.addresses.set_mark(verification.email, verification.mark, _STAYS)
        note(outcome="quarantined")

    async def known(self, email: str) -> AddressRecord:
        """Return what is known, for ``password_set``."""
        return await self.addresses.read(email)

    async def password_set(self, email: str, before: AddressRecord, sub: str | None) -> None:
        """Lift the quarantine after the owner of the mailbox has set a password, and the sessions have ended.

        ``before`` is what was known before Cognito was asked: marks of later or unfinished requests stay. ``sub`` is
        the user with this password, if known.
        """
        await self.addresses.remove_marks(email, before.standing)
        if before.sub not in {None, sub}:
            await self.addresses.delete(email, "sub")

    async def account_deleted(self, email: str, before: AddressRecord) -> None:
        """Forget the account: the next one of this address has to prove itself anew. Never fails."""
        with suppress(StateUnavailable):
            await self.addresses.remove_marks(email, before.standing)
            await self.addresses.delete(email, "accepted")
            await self.addresses.delete(email, "sub")

    async def look(self, email: str, *, wait: bool = False) -> AddressRecord:
        """Return what is known; with ``wait``, once no verification is in flight.

        While the store is away, return an unknown address, unless STATE_FAILURE is closed.
        """
        end = time.monotonic() + _WAIT_SECONDS
        try:
            record = await self.addresses.read(email)
            while wait and record.marks and not record.standing and time.monotonic() < end:
                await asyncio.sleep(_LOOK_SECONDS)
                record = await self.addresses.read(email)
        except StateUnavailable:
            if self.fail_closed:
                raise
            return AddressRecord()
        return record

    async def signed_in(self, email: str, sub: str, record: AddressRecord) -> None:
        """Remember a user after a sign-in. Never fails: without it, the address is only not past sign-up."""
        if record.sub not in {None, sub}:
            await self.another_user(email)
        now = time.time()
        if record.sub != sub or record.sub_expires_at - now < self.session_seconds / 2:
            with suppress(StateUnavailable):
                await self.addresses.put(email, "sub", sub, int(now) + self.session_seconds)

    async def another_user(self, email: str) -> None:
        """Quarantine an address after its known user was deleted elsewhere: the new password is not proved."""
        await self.addresses.set_mark(email, secrets.token_hex(8), _STAYS)
        note(outcome="quarantined")

    async def _mark(self, verification: Verification) -> None:
        until = int(time.time()) + _REQUEST_SECONDS
        if verification.is_past_sign_up:
            # A mark that a fault leaves would shut out a user with a long verified address. This one expires, and
            # is never read; it keeps the number of calls the same.
            await self.addresses.put(_nowhere(verification.email), "accepted", verification.mark, until)
        else:
            await self.addresses.set_mark(verification.email, verification.mark, until)

    async def _unmark(self, verification: Verification) -> None:
        if verification.is_past_sign_up:
            await self.addresses.delete(_nowhere(verification.email), "accepted")
        else:
            await self.addresses.remove_marks(verification.email, [verification.mark])


def _nowhere(email: str) -> str:
    return f"past sign-up {email}"
