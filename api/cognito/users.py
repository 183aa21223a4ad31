"""Users as Cognito describes them, in the forms that the API shows."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from api.cognito import responses
from api.kit.email_addresses import canonical


class SecondFactors(BaseModel):
    """The second factors of a sign-in, by Cognito's names."""

    enabled: Annotated[list[str], Field(examples=[["SOFTWARE_TOKEN_MFA"]])]
    preferred: Annotated[str | None, Field(examples=["SOFTWARE_TOKEN_MFA"])] = None


def attributes_of(rows: Sequence[responses.Attribute]) -> dict[str, str]:
    """Return attributes by name."""
    return {row.name: row.value for row in rows}


def email_of(user: responses.User | responses.AdminUser) -> str:
    """Return a user's address in the form that requests have; without one, the user name."""
    return canonical(stored_email_of(user))


def stored_email_of(user: responses.User | responses.AdminUser) -> str:
    """Return a user's address as the pool has it, which may tell cases apart; without one, the user name."""
    return attributes_of(user.user_attributes).get("email", user.username)


def second_factors(user: responses.User | responses.AdminUser) -> SecondFactors:
    """Return the second factors of a user."""
    return SecondFactors(enabled=user.user_mfa_setting_list, preferred=user.preferred_mfa_setting or None)


def whole_seconds(time: float | None) -> int | None:
    """Return a time in whole seconds since 1970."""
    return int(time) if time is not None else None
