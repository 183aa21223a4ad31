"""The password policy; the minimum length is a Terraform variable (``variables.py``)."""

from typing import Annotated

from pydantic import Field

from stacks.props import Props


class PasswordPolicy(Props):
    """What a password must hold; every kind of character by default, since Security Hub's Cognito.3 asks for it."""

    require_lowercase: bool = True
    require_uppercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    history_size: Annotated[int, Field(ge=0, le=24)] = 0
    """How many former passwords are refused; 0 because NIST SP 800-63B asks for no history, and LITE has none."""
    temporary_password_validity_days: Annotated[int, Field(ge=1, le=365)] = 7
    """How long an invitation holds; a week, Cognito.3's most."""
