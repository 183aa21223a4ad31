"""What a user's record holds. Cognito only ever adds to a schema, so this is locked (``immutable_fields.py``)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stacks.props import Props, twice

# OpenID Connect Core 5.1, as far as Cognito has them; without what Cognito itself keeps (sub, updated_at).
STANDARD = (
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
)
# Read-only facts about the two that are verified.
VERIFIED = ("email_verified", "phone_number_verified")
MOST_CUSTOM_ATTRIBUTES = 50


class CustomAttribute(Props):
    """An attribute of the product's own, ``custom:name`` in tokens and calls."""

    name: Annotated[str, Field(pattern=r"^[\w.-]{1,20}$")]
    type: Literal["String", "Number", "DateTime", "Boolean"] = "String"
    mutable: bool = True
    """False: it is set once, when the user is made."""
    minimum: int | None = None
    """Shortest text, or least number."""
    maximum: int | None = None
    """Longest text (2048 at most), or greatest number."""

    def _problems(self) -> Iterator[str]:
        if self.name in STANDARD:
            yield f"{self.name}: a standard attribute has this name; take another, or put it among required"
        if self.type == "String" and min(self.minimum or 0, self.maximum or 0) < 0:
            yield f"{self.name}: a text has no negative length; give 0 or more"
        bounded = self.minimum is not None or self.maximum is not None
        if bounded and self.type not in {"String", "Number"}:
            yield f"{self.name}: a {self.type} takes neither minimum nor maximum; leave them out"
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield f"{self.name}: minimum = {self.minimum} is above maximum = {self.maximum}; exchange them"
        if self.type == "String" and self.maximum is not None and self.maximum > 2048:  # noqa: PLR2004 - Cognito's
            yield f"{self.name}: maximum = {self.maximum}; a String has 2048 characters at most"


class Attributes(Props):
    """Attributes beside the address. What is required, or custom, cannot be taken back."""

    required: tuple[str, ...] = ()
    """Standard attributes that every sign-up must bring."""
    custom: tuple[CustomAttribute, ...] = ()

    def _problems(self) -> Iterator[str]:
        for name in self.required:
            if name not in STANDARD:
                yield f"required = {name!r}; only a standard attribute can be: {', '.join(STANDARD)}"
        names = [attribute.name for attribute in self.custom]
        for name in twice(names):
            yield f"custom attribute {name!r} is there twice; rename one"
        if len(names) > MOST_CUSTOM_ATTRIBUTES:
            yield f"{len(names)} custom attributes; Cognito takes {MOST_CUSTOM_ATTRIBUTES}: leave some out"
