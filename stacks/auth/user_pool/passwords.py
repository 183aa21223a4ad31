"""The password policy; the minimum length is a Terraform variable (``variables.py``)."""

from typing import Annotated

from pydantic import Field

from stacks.props import Props


class PasswordPolicy(Props):
    """Password rules; all character classes are required by default, as Security Hub's Cognito.3 demands."""

    require_lowercase: bool = True
    require_uppercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    history_size: Annotated[int, Field(ge=0, le=24)] = 0
    """Number of previous passwords that are rejected; 0, because NIST SP 800-63B asks for none and LITE has none."""
    temporary_password_validity_days: Annotated[int, Field(ge=1, le=365)] = 7
    """How long an invitation is valid; a week is the maximum of Cognito.3."""
