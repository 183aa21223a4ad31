"""Passwords as people type them: a keyboard may compose accents or not (RFC 8265, section 4.2)."""

import unicodedata
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.errors import EmailNotVerified, InvalidCredentials, PasswordResetRequired

Found = TypeVar("Found")


async def as_typed_then_composed(password: str, attempt: Callable[[str], Awaitable[Found]]) -> Found:
    """Try ``password`` as it was typed, and after a refusal in normalization form C, if that is another.

    New passwords are composed before they are set; older ones, and those set elsewhere, are as they were typed.
    """
    try:
        return await attempt(password)
    except (InvalidCredentials, EmailNotVerified, PasswordResetRequired):
        # All of them: the number of calls must not tell accounts apart.
        composed = unicodedata.normalize("NFC", password)
        if composed == password:
            raise
    return await attempt(composed)
