"""The pool's password policy, checked before the call.

Cognito checks it too, but its answer to a taken address differs from its answer to a new one.
Source: CreateUserPool, PasswordPolicyType; the symbols are those of "Adding user pool password requirements".
"""

from pydantic import BaseModel

from api.errors import FieldError, InvalidPassword

SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
LONGEST = 256


class PasswordPolicy(BaseModel, frozen=True):
    """The fields have Terraform's names; what a pool of other making does not say is not required."""

    minimum_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False

    def violations(self, password: str) -> list[str]:
        """Return what the password lacks, in words for its user; nothing when it fits."""
        rules = [
            (len(password) >= self.minimum_length, f"at least {self.minimum_length} characters"),
            (len(password) <= LONGEST, f"at most {LONGEST} characters"),
            (password == password.strip(), "no white space at its ends"),
            (not self.require_lowercase or any("a" <= c <= "z" for c in password), "a lower-case letter (a-z)"),
            (not self.require_uppercase or any("A" <= c <= "Z" for c in password), "an upper-case letter (A-Z)"),
            (not self.require_numbers or any("0" <= c <= "9" for c in password), "a digit"),
            (not self.require_symbols or _has_symbol(password), f"a symbol out of {''.join(sorted(SYMBOLS))}"),
        ]
        return [rule for kept, rule in rules if not kept]

    def require(self, password: str, pointer: str) -> None:
        """Raise ``InvalidPassword`` for what the policy does not allow, with the JSON Pointer of its field."""
        if violations := self.violations(password):
            raise InvalidPassword(FieldError(pointer, f"The password needs {'; '.join(violations)}."))


# What a pool asks for that was made without a word about it.
COGNITOS_OWN = PasswordPolicy(
    require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
)


def _has_symbol(password: str) -> bool:
    return not SYMBOLS.isdisjoint(password) or " " in password.strip()
