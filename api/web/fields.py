"""Field types and base class of all request bodies."""

import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from cognito_tokens.parsing import LARGEST_TOKEN

# RFC 6750, section 2.1: b64token.
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LONGEST_USERNAME = 128


def _normalized_email(value: str) -> str:
    """Return the canonical form of an address: valid by RFC 5322 and IDNA 2008, in NFC, lower case.

    The pool is case-insensitive, but SECRET_HASH is not; one spelling is one user everywhere.
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
    """Return ``text``; raise ``ValueError`` if it contains control characters, including NUL."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        message = "must not contain control characters"
        raise ValueError(message)
    return text


def visible(secret: SecretStr) -> SecretStr:
    """Return ``secret``; raise ``ValueError`` if it is blank or contains control characters."""
    if not without_controls(secret.get_secret_value()).strip():
        message = "must not be blank"
        raise ValueError(message)
    return secret


def _token_characters(secret: SecretStr) -> SecretStr:
    if not BEARER_TOKEN.fullmatch(secret.get_secret_value()):
        message = "must be a token as returned by POST /login"
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
# As long as in the Authorization header: the groups of a user are in the token.
Token = Annotated[SecretStr, Field(min_length=1, max_length=LARGEST_TOKEN), AfterValidator(_token_characters)]
SealedSession = Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[A-Za-z0-9_=-]+$")]


def revealed(secret: SecretStr | None) -> str | None:
    """Return the value of an optional secret field."""
    return secret.get_secret_value() if secret is not None else None


class RequestBody(BaseModel):
    """A JSON object with only the declared fields, of exactly the declared types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
