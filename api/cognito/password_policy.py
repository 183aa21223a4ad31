"""The pool's password policy, checked before Cognito is called.

Cognito checks it too, but its response for a taken address differs from its response for a new one.
Source: CreateUserPool, PasswordPolicyType; the symbols are those of "Adding user pool password requirements".
"""

from pydantic import BaseModel

from api.errors import FieldError, InvalidPassword

SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
LONGEST = 256


class PasswordPolicy(BaseModel, frozen=True):
    """Password policy with Terraform's field names; a requirement that the outputs omit does not apply."""

    minimum_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    temporary_password_validity_days: int = 7

    def violations(self, password: str) -> list[str]:
        """Return the unmet requirements as texts for the user; empty for a valid password."""
        rules = [
            (len(password) >= self.minimum_length, f"at least {self.minimum_length} characters"),
            (len(password) <= LONGEST, f"at most {LONGEST} characters"),
            (password == password.strip(), "no leading or trailing white space"),
            (not self.require_lowercase or any("a" <= c <= "z" for c in password), "a lower-case letter (a-z)"),
            (not self.require_uppercase or any("A" <= c <= "Z" for c in password), "an upper-case letter (A-Z)"),
            (not self.require_numbers or any("0" <= c <= "9" for c in password), "a digit"),
            (not self.require_symbols or _has_symbol(password), f"a symbol out of {''.join(sorted(SYMBOLS))}"),
        ]
        return [rule for kept, rule in rules if not kept]

    def require(self, password: str, pointer: str) -> None:
        """Raise ``InvalidPassword``, with the JSON Pointer of the field, unless the password meets the policy."""
        if violations := self.violations(password):
            raise InvalidPassword(FieldError(pointer, f"The password needs {'; '.join(violations)}."))


# The policy of a pool that was created without one.
COGNITOS_OWN = PasswordPolicy(
    require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
)


def _has_symbol(password: str) -> bool:
    return not SYMBOLS.isdisjoint(password) or " " in password.strip()
