"""Who a user is, and what comes first when he signs in."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from stacks.props import Domain, Props


class FirstFactor(StrEnum):
    """What a sign-in can begin with: Cognito's AllowedFirstAuthFactors."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a factor's name
    EMAIL_OTP = "EMAIL_OTP"
    SMS_OTP = "SMS_OTP"
    WEB_AUTHN = "WEB_AUTHN"


class SignIn(Props):
    """Names and first factors. The first three cannot be changed after creation: Terraform would replace the pool."""

    username_attributes: tuple[Literal["email", "phone_number"], ...] = ("email",)
    """What takes the place of a user name. The API signs people in by their address, so ``email`` is among them."""
    alias_attributes: tuple[Literal["email", "phone_number", "preferred_username"], ...] = ()
    """What serves beside a user name; for pools that were made so (``adoption.py``)."""
    case_sensitive: bool = False
    """Off: Ada@example.com and ada@example.com are one person."""
    first_factors: tuple[FirstFactor, ...] = (FirstFactor.PASSWORD,)
    """PASSWORD alone is what every tier can do."""

    @property
    def passwordless(self) -> bool:
        """Whether a sign-in may begin with something else than a password."""
        return self.first_factors != (FirstFactor.PASSWORD,)

    def uses(self, attribute: str) -> bool:
        """Tell whether people sign in by ``attribute``."""
        return attribute in {*self.username_attributes, *self.alias_attributes}

    def _problems(self) -> Iterator[str]:
        if self.username_attributes and self.alias_attributes:
            yield (
                f"username_attributes = {self.username_attributes} and alias_attributes = {self.alias_attributes}: "
                "Cognito takes one of the two; empty the other"
            )
        if not self.uses("email"):
            yield "nobody signs in by email, and the API knows people by it: put email into username_attributes"
        if FirstFactor.PASSWORD not in self.first_factors:
            yield f"first_factors = {_names(self.first_factors)}: Cognito requires PASSWORD among them; add it"


class Passkeys(Props):
    """WebAuthn: what passkeys are for, and whether the authenticator asks for finger, face or PIN."""

    relying_party_id: Domain | None = None
    """The domain; without it the pool's own: its prefix domain, or the custom one, which must be it then."""
    user_verification: Literal["required", "preferred"] = "required"
    """Required: a passkey is two factors then, what one has and what one is."""


def _names(values: tuple[StrEnum, ...]) -> str:
    return ", ".join(values) or "none"
