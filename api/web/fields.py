"""Field types and base class of all request bodies."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
)
from pydantic_core import CoreSchema, core_schema

from api.kit.email_addresses import canonical
from cognito_tokens.parsing import LARGEST_TOKEN

# RFC 6750, section 2.1: b64token.
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LONGEST_USERNAME = 128
_NO_ADDRESS = "The address must be an e-mail address such as ada@example.com."
# What people, and apps that show codes in groups, put between digits.
_GAP = r"[ \t\r\n\u00a0\u2009\u202f-]*"


@dataclass(frozen=True)
class Form:
    """The form of a text: ``pattern`` is published, ``sentence`` says it to people, ``read`` normalizes the text.

    pydantic's own ``pattern`` would show people the regular expression.
    """

    pattern: str
    sentence: str
    read: Callable[[str], str] = str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's protocol
        """Check and normalize after the type."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Publish the pattern."""
        return {**handler(schema), "pattern": self.pattern}

    def _checked(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise ValueError(self.sentence)
        return self.read(value)


def _known_email(value: str) -> str:
    """Return the canonical form of an address that a user of the pool may have: any user name with a domain."""
    address = canonical(value)
    local, _, domain = address.rpartition("@")
    if not (local and domain) or not is_cognito_name(address):
        raise ValueError(_NO_ADDRESS)
    return address


def _new_email(value: str) -> str:
    """Return the canonical form of an address that mails can reach: valid by RFC 5321 and IDNA 2008, in ASCII."""
    address = canonical(value)
    if not address.isascii():
        message = "The part before the @ must have only letters from A to Z, digits and signs, for mails to arrive."
        raise ValueError(message)
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError(_NO_ADDRESS) from None
    # In ASCII an internationalised domain is longer.
    if len(address) > _LONGEST_USERNAME:
        message = f"The address must have at most {_LONGEST_USERNAME} characters."
        raise ValueError(message)
    return address


def is_cognito_name(text: str) -> bool:
    """Return whether Cognito takes ``text`` as the name of a user or a group (API page AdminGetUser, Username)."""
    if not 0 < len(text) <= _LONGEST_USERNAME:
        return False
    # What is printable in ASCII, apart from the space, is of these categories.
    if text.isascii():
        return text.isprintable() and " " not in text
    return all(unicodedata.category(sign)[0] in "LMSNP" for sign in text)


def _cognito_name(text: str) -> str:
    if not is_cognito_name(text):
        message = "It must have 1 to 128 letters, digits and signs, and no spaces."
        raise ValueError(message)
    return text


def without_controls(text: str) -> str:
    """Return ``text``; raise ``ValueError`` if it contains control characters, including NUL."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        message = "It must not contain control characters."
        raise ValueError(message)
    return text


def visible(secret: SecretStr) -> SecretStr:
    """Return ``secret``; raise ``ValueError`` if it is blank or contains control characters."""
    if not without_controls(secret.get_secret_value()).strip():
        message = "It must not be blank."
        raise ValueError(message)
    return secret


def composed(text: str) -> str:
    """Return ``text`` without surrounding spaces, in Unicode normalization form C."""
    return unicodedata.normalize("NFC", text).strip()


def _composed_secret(secret: SecretStr) -> SecretStr:
    # RFC 8265, section 4.2: one form, however the keyboard makes accents.
    return SecretStr(unicodedata.normalize("NFC", secret.get_secret_value()))


def _token_characters(secret: SecretStr) -> SecretStr:
    if not BEARER_TOKEN.fullmatch(secret.get_secret_value()):
        message = "It must be a token as returned by POST /login."
        raise ValueError(message)
    return secret


def code_of(digits: str, sentence: str) -> Form:
    """Return the form of a code; ``digits`` is a quantifier such as ``{6}``. Spaces and hyphens are left out."""
    return Form(f"^{_GAP}([0-9]{_GAP}){digits}$", sentence, lambda value: re.sub(r"[^0-9]", "", value))


# An address to look up: what a pool may hold.
EmailAddress = Annotated[
    str,
    Field(max_length=_LONGEST_USERNAME, json_schema_extra={"format": "email"}, examples=["ada@example.com"]),
    AfterValidator(_known_email),
]
# An address that becomes a user's, and is mailed to.
NewEmailAddress = Annotated[
    str,
    Field(max_length=_LONGEST_USERNAME, json_schema_extra={"format": "email"}, examples=["ada@example.com"]),
    AfterValidator(_new_email),
]
Password = Annotated[
    SecretStr,
    Field(min_length=1, max_length=256, examples=["Correct-Horse-9"]),
    AfterValidator(visible),
]
# A password that is set, in one form; one that is only checked stays as it was typed (``as_typed_then_composed``).
NewPassword = Annotated[Password, AfterValidator(_composed_secret)]
CognitoName = Annotated[str, Field(min_length=1, max_length=_LONGEST_USERNAME), AfterValidator(_cognito_name)]
# API page AttributeType, Name; the developer guide limits names of custom attributes to 20 characters.
ATTRIBUTE_NAME = Form(r"^[^\s\x00-\x1f\x7f-\x9f]{1,32}$", "It must be the name of an attribute.")
Code = Annotated[
    str,
    Field(max_length=64, description="The six digits from the mail.", examples=["123456"]),
    code_of("{6}", "The code has six digits."),
]
# As long as in the Authorization header: the groups of a user are in the token.
Token = Annotated[SecretStr, Field(min_length=1, max_length=LARGEST_TOKEN), AfterValidator(_token_characters)]
SealedSession = Annotated[
    str,
    Field(min_length=1, max_length=8192),
    Form(r"^[A-Za-z0-9_=-]+$", "It must be the session as it was returned."),
]


def revealed(secret: SecretStr | None) -> str | None:
    """Return the value of an optional secret field."""
    return secret.get_secret_value() if secret is not None else None


class RequestBody(BaseModel):
    """A JSON object with only the declared fields, of exactly the declared types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
