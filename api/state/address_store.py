"""What is known of an e-mail address beyond a request, and the protocol of the stores that keep it.

======== ========================================== ===================================================
record   contents                                   ends
======== ========================================== ===================================================
sign-ups number of attempts, id of the first,       as a whole, 48 h after the last attempt
         id of the one that Cognito accepted
marks    id of each request with a verification     when a request removes them; they do not expire
         that is unfinished or unproven; its end
sub      the user that signed in with the address   with the refresh token; sooner when the store is full
======== ========================================== ===================================================
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

SIGN_UP_SECONDS = 48 * 3600
# The records that are one text with an expiry.
Name = Literal["accepted", "sub"]


@dataclass(frozen=True)
class AddressRecord:
    """What is known of an address; the default is an unknown one.

    Attributes:
        first: Id of the first sign-up attempt of the last 48 hours.
        attempts: Number of these attempts.
        accepted: Id of an attempt that Cognito has accepted; it may be of an older entry.
        marks: By the id of a mark, the time at which its request must be over; 0 for one that stays.
        sub: The user that signed in with this address.
        sub_expires_at: When ``sub`` is forgotten.
        read_at: When the record was read.
    """

    first: str = ""
    attempts: int = 0
    accepted: str = ""
    marks: Mapping[str, float] = field(default_factory=dict[str, float])
    sub: str | None = None
    sub_expires_at: float = 0.0
    read_at: float = field(default_factory=time.time)

    @property
    def standing(self) -> frozenset[str]:
        """The marks of requests that were over when the record was read."""
        return frozenset(mark for mark, until in self.marks.items() if until <= self.read_at)

    @property
    def is_sole(self) -> bool:
        """Whether exactly one sign-up is known, and Cognito has accepted it: the account is of that one."""
        return self.attempts == 1 and self.first == self.accepted


class AddressStore(Protocol):
    """A store of records by key. Any exception means that it is not known whether the operation took effect.

    A reader judges the expiry, because stores may remove expired entries late.
    """

    async def read(self, key: str) -> AddressRecord:
        """Return what is known."""
        ...

    async def count_attempt(self, key: str, attempt: str) -> None:
        """Add a sign-up attempt, and restart the 48 hours of the entry."""
        ...

    async def put(self, key: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record that is one text."""
        ...

    async def delete(self, key: str, name: Name) -> None:
        """Remove a record that is one text, if it exists."""
        ...

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        """Add a mark, or change the end of an existing one."""
        ...

    async def remove_marks(self, key: str, marks: Collection[str]) -> None:
        """Remove those of ``marks`` that exist; ``marks`` has at least one."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
