"""Token lifetimes: Terraform variables for the API's client, constructor arguments for the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from stacks.props import Props

_DAY = 24 * 60
RefreshHours = Annotated[int, Field(ge=1, le=3650 * 24)]
# "off" is for files in TOML, which has no null.
GraceSeconds = Annotated[
    Annotated[int, Field(ge=0, le=60)] | None, BeforeValidator(lambda value: None if value == "off" else value)
]


@dataclass(frozen=True)
class TokenValidity:
    """Access and ID token in minutes, refresh token in its unit; numbers or Terraform references."""

    access_minutes: float
    id_minutes: float
    refresh: float
    refresh_unit: Literal["days", "hours"]


def token_validity(
    access_minutes: float, id_minutes: float, refresh_days: float, refresh_hours: int | None
) -> TokenValidity:
    """Return the lifetimes; ``refresh_hours``, if set, replaces ``refresh_days``."""
    if refresh_hours:
        return TokenValidity(access_minutes, id_minutes, refresh_hours, "hours")
    return TokenValidity(access_minutes, id_minutes, refresh_days, "days")


class ClientTokenValidity(Props):
    """Token lifetimes of other clients; an hour and 30 days by default, so that stolen tokens expire soon."""

    access_minutes: int = Field(default=60, ge=5, le=_DAY)
    id_minutes: int = Field(default=60, ge=5, le=_DAY)
    refresh_days: int = Field(default=30, ge=1, le=3650)
    refresh_hours: RefreshHours | None = None
    """In place of ``refresh_days``."""
    rotation_grace_seconds: GraceSeconds = 30
    """How long a rotated refresh token stays valid; ``None``, or "off", disables rotation (LITE has none)."""

    @property
    def values(self) -> TokenValidity:
        """The lifetimes as the construct takes them."""
        return token_validity(self.access_minutes, self.id_minutes, self.refresh_days, self.refresh_hours)

    def _problems(self) -> Iterator[str]:
        hours = self.refresh_hours
        name, value = ("refresh_hours", hours) if hours else ("refresh_days", self.refresh_days)
        longest = value * (60 if hours else _DAY)
        for shorter, minutes in (("access_minutes", self.access_minutes), ("id_minutes", self.id_minutes)):
            if minutes > longest:
                yield f"{shorter} = {minutes} is longer than {name} = {value}; lower it, or raise {name}"
