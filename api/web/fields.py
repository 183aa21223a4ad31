"""What request bodies are made of, in every area."""

import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

# RFC 6750, section 2.1: b64token; what is longer than any token of Cognito is not one.
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
_LONGEST_USERNAME = 128


def _normalized_email(value: str) -> str:
    """Return the address as this API knows it: valid by RFC 5322 and IDNA 2008, in NFC, lower case.

    The pool does not tell cases apart, but SECRET_HASH does; one spelling is one user everywhere.
    """
    if not unicodedata.is_normalized("NFC", value):
        message = "must be in Unicode normalization form C"
        raise ValueError(message)
    try:
        address = validate_email(value, check_deliverability=False, strict=True).normalized.lower()
    except EmailNotValidError:
        message = "must be an e-mail address such as ada@example.com"
        raise ValueError(message) from None
    if len(address) > _LONGEST_USERNAME:
        # Lower case can be longer: LATIN CAPITAL LETTER I WITH DOT ABOVE becomes two characters.
        message = f"must have at most {_LONGEST_USERNAME} characters in lower case"
        raise ValueError(message)
    return address


def without_controls(text: str) -> str:
    """Return ``text``; raise ``ValueError`` for control characters, NUL among them."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        message = "must not hold control characters"
        raise ValueError(message)
    return text


def visible(secret: SecretStr) -> SecretStr:
    """Return ``secret``; raise ``ValueError`` for what is blank or holds control characters."""
    if not without_controls(secret.get_secret_value()).strip():
        message = "must not be blank"
        raise ValueError(message)
    return secret


def _token_characters(secret: SecretStr) -> SecretStr:
    if not BEARER_TOKEN.fullmatch(secret.get_secret_value()):
        message = "must be a token as POST /login gives it"
        raise ValueError(message)
    return secret


EmailAddress = Annotated[
    str,
    Field(max_length=_LONGEST_USERNAME, json_schema_extra={"format": "email"}, examples=["ada@example.com"]),
    AfterValidator(_normalized_email),
]
Password = Annotated[
    SecretStr,
    Field(min_length=1, max_length=256, examples=["Correct-Horse-9"]),
    AfterValidator(visible),
]
Code = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}$", description="The six digits from the mail.", examples=["123456"]),
]
Token = Annotated[SecretStr, Field(min_length=1, max_length=8192), AfterValidator(_token_characters)]
SealedSession = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[A-Za-z0-9_=-]+$")]


def revealed(secret: SecretStr | None) -> str | None:
    """Return what a field that may be absent holds."""
    return secret.get_secret_value() if secret is not None else None


class RequestBody(BaseModel):
    """A JSON object with just the fields that are declared, of just their types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
