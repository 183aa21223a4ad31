"""All rules for a new password, checked before Cognito is called and so alike for every address."""

from dataclasses import dataclass

from pydantic import BaseModel

from api.cognito.password_policy import PasswordPolicy
from api.errors import FieldError, InvalidPassword
from api.password_rules.breached import BreachedPasswords
from api.password_rules.common import context_word, is_common


class RulesResponse(BaseModel):
    """What a new password needs, as texts for people."""

    needs: list[str]
    refuses: list[str]


@dataclass(frozen=True)
class PasswordRules:
    """The pool's policy, and what the policy cannot say."""

    policy: PasswordPolicy
    # The product's name (APP_NAME).
    product: str
    # BREACHED_PASSWORDS: None when off.
    breached: BreachedPasswords | None = None

    async def require(self, password: str, pointer: str, email: str = "") -> None:
        """Raise ``InvalidPassword``, with the JSON Pointer of the field, unless the password meets all rules."""
        self.policy.require(password, pointer)
        if reason := await self._refusal(password, email):
            raise InvalidPassword(FieldError(pointer, reason))

    def texts(self) -> RulesResponse:
        """Return the rules."""
        refuses = ["common passwords", "the e-mail address, or the name of the product, with little else"]
        return RulesResponse(
            needs=self.policy.violations(""),
            refuses=[*refuses, "passwords from known data breaches"] if self.breached else refuses,
        )

    async def _refusal(self, password: str, email: str) -> str | None:
        if is_common(password):
            return "This is a common password, which attackers try first. Choose another one."
        name, _, domain = email.partition("@")
        if context_word(password, (email, name, domain.partition(".")[0], self.product)):
            return "The password is little more than your e-mail address or the name of this product. Add to it."
        if self.breached and await self.breached.contain(password):
            return "This password is in a collection of stolen passwords. Choose another one, also where you use it."
        return None
