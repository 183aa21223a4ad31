"""Token lifetimes: Terraform variables for the API's client, constructor arguments for the others."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import Field

from stacks.props import Props

_DAY = 24 * 60


@dataclass(frozen=True)
class TokenValidity:
    """Access and ID token in minutes, refresh token in days; numbers or Terraform references."""

    access_minutes: float
    id_minutes: float
    refresh_days: float


class ClientTokenValidity(Props):
    """Token lifetimes of other clients; an hour and 30 days by default, so that stolen tokens expire soon."""

    access_minutes: int = Field(default=60, ge=5, le=_DAY)
    id_minutes: int = Field(default=60, ge=5, le=_DAY)
    refresh_days: int = Field(default=30, ge=1, le=3650)
    rotation_grace_seconds: int | None = Field(default=30, ge=0, le=60)
    """How long a rotated refresh token stays valid; ``None`` disables rotation (LITE has none)."""

    def _problems(self) -> Iterator[str]:
        for name, minutes in (("access_minutes", self.access_minutes), ("id_minutes", self.id_minutes)):
            if minutes > self.refresh_days * _DAY:
                yield (
                    f"{name} = {minutes} is longer than refresh_days = {self.refresh_days}; lower it, or raise "
                    "refresh_days"
                )
