"""Cognito's tiers and their features (Developer Guide, "User pool feature plans")."""

from collections.abc import Iterator
from enum import StrEnum


class Tier(StrEnum):
    """The feature plan of a pool, which determines its price and features."""

    LITE = "LITE"
    ESSENTIALS = "ESSENTIALS"
    PLUS = "PLUS"


_ORDER = list(Tier)


def beyond(tier: Tier, features: list[tuple[str, object, Tier]]) -> Iterator[str]:
    """Yield a message for each used feature (name, value if used, lowest tier with it) that ``tier`` lacks."""
    for name, value, least in features:
        if value and _ORDER.index(tier) < _ORDER.index(least):
            allowed = " or ".join(_ORDER[_ORDER.index(least) :])
            yield f"{name} = {_shown(value)} needs tier {allowed}, and tier is {tier}: raise the tier, or remove it"


def _shown(value: object) -> str:
    return "on" if value is True else str(value)
