"""User names and first factors of a sign-in."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from stacks.props import Domain, Props


class FirstFactor(StrEnum):
    """First factors of a sign-in: Cognito's AllowedFirstAuthFactors."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a factor's name
    EMAIL_OTP = "EMAIL_OTP"
    SMS_OTP = "SMS_OTP"
    WEB_AUTHN = "WEB_AUTHN"


class SignIn(Props):
    """User names and first factors. Changing one of the first three fields would replace the pool."""

    username_attributes: tuple[Literal["email", "phone_number"], ...] = ("email",)
    """Attributes that replace the user name. The API needs ``email`` here."""
    alias_attributes: tuple[Literal["email", "phone_number", "preferred_username"], ...] = ()
    """Attributes accepted in addition to a user name; for adopted pools created that way (``AuthStackProps.adopt``)."""
    case_sensitive: bool = False
    """False: Ada@example.com and ada@example.com are the same user."""
    first_factors: tuple[FirstFactor, ...] = (FirstFactor.PASSWORD,)
    """Every tier supports PASSWORD; the others need a higher tier than LITE."""

    @property
    def passwordless(self) -> bool:
        """Whether a sign-in may begin with another factor than the password."""
        return self.first_factors != (FirstFactor.PASSWORD,)

    def uses(self, attribute: str) -> bool:
        """Return whether users sign in by ``attribute``."""
        return attribute in {*self.username_attributes, *self.alias_attributes}

    def _problems(self) -> Iterator[str]:
        if self.username_attributes and self.alias_attributes:
            yield (
                f"username_attributes = {self.username_attributes} and alias_attributes = {self.alias_attributes}: "
                "Cognito allows only one of the two; leave the other empty"
            )
        if not self.uses("email"):
            yield "users do not sign in by email, which the API identifies them by: add email to username_attributes"
        if FirstFactor.PASSWORD not in self.first_factors:
            yield f"first_factors = {_names(self.first_factors)}: Cognito requires PASSWORD among them; add it"


class Passkeys(Props):
    """WebAuthn: the relying party, and whether authenticators verify the user (fingerprint, face or PIN)."""

    relying_party_id: Domain | None = None
    """Relying party domain; default: the pool's domain. If the pool has a custom domain, it must be that one."""
    user_verification: Literal["required", "preferred"] = "required"
    """With ``required``, a passkey is two factors: possession of the device, and the verified user."""


def _names(values: tuple[StrEnum, ...]) -> str:
    return ", ".join(values) or "none"
