"""What Cognito's tiers allow (Developer Guide, "User pool feature plans")."""

from collections.abc import Iterator
from enum import StrEnum


class Tier(StrEnum):
    """The feature plan of a pool: what it costs, and what it can do."""

    LITE = "LITE"
    ESSENTIALS = "ESSENTIALS"
    PLUS = "PLUS"


_ORDER = list(Tier)


def beyond(tier: Tier, features: list[tuple[str, object, Tier]]) -> Iterator[str]:
    """Yield a message for each feature (its name, its value where it is used, the least tier) that ``tier`` lacks."""
    for name, value, least in features:
        if value and _ORDER.index(tier) < _ORDER.index(least):
            allowed = " or ".join(_ORDER[_ORDER.index(least) :])
            yield f"{name} = {_shown(value)} needs tier {allowed}, and tier is {tier}: raise the tier, or leave it out"


def _shown(value: object) -> str:
    return "on" if value is True else str(value)
