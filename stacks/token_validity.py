"""How long tokens live. Variables give them to the API's client, constructor arguments to others."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import Field

from stacks.props import Props

_DAY = 24 * 60


@dataclass(frozen=True)
class TokenValidity:
    """Access and ID token in minutes, refresh token in days; numbers, or what Terraform will know."""

    access_minutes: float
    id_minutes: float
    refresh_days: float


class ClientTokenValidity(Props):
    """The same for a client of constructor arguments: an hour and a month, so that a stolen token soon ends."""

    access_minutes: int = Field(default=60, ge=5, le=_DAY)
    id_minutes: int = Field(default=60, ge=5, le=_DAY)
    refresh_days: int = Field(default=30, ge=1, le=3650)
    rotation_grace_seconds: int | None = Field(default=30, ge=0, le=60)
    """Refresh tokens rotate, and the old one counts for so long; ``None`` switches rotation off (LITE has none)."""

    def _problems(self) -> Iterator[str]:
        for name, minutes in (("access_minutes", self.access_minutes), ("id_minutes", self.id_minutes)):
            if minutes > self.refresh_days * _DAY:
                yield f"{name} = {minutes} outlives refresh_days = {self.refresh_days}; lower it, or raise the other"
