"""User attributes. Cognito can only add to a pool's schema, so it is locked (``stacks.checks.deployment_lock``)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from stacks.props import Props, matching, twice

# Claims of OpenID Connect Core 5.1 that Cognito supports, except those that Cognito sets itself (sub, updated_at).
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
# Read-only: whether the email address and the phone number are verified.
VERIFIED = ("email_verified", "phone_number_verified")
MOST_CUSTOM_ATTRIBUTES = 50


class CustomAttribute(Props):
    """A custom attribute; tokens and API calls name it ``custom:name``."""

    name: Annotated[str, matching(r"[\w.-]{1,20}", "1 to 20 letters, digits, dots, hyphens and underscores")]
    type: Literal["String", "Number", "DateTime", "Boolean"] = "String"
    mutable: bool = True
    """False: the value can only be set when the user is created."""
    minimum: int | None = None
    """Minimum length of a String, or minimum value of a Number."""
    maximum: int | None = None
    """Maximum length of a String (at most 2048), or maximum value of a Number."""

    limited: bool = True
    """False: a String without any limit, not even Cognito's 2048 characters; only old, adopted attributes have none."""

    def _problems(self) -> Iterator[str]:
        if self.name in STANDARD:
            yield f"{self.name}: a standard attribute has this name; choose another, or add it to required"
        if self.type == "String" and min(self.minimum or 0, self.maximum or 0) < 0:
            yield f"{self.name}: the length of a String cannot be negative; set 0 or more"
        bounded = self.minimum is not None or self.maximum is not None
        if bounded and self.type not in {"String", "Number"}:
            yield f"{self.name}: a {self.type} takes neither minimum nor maximum; leave them out"
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield f"{self.name}: minimum = {self.minimum} is greater than maximum = {self.maximum}; swap them"
        if self.type == "String" and self.maximum is not None and self.maximum > 2048:  # noqa: PLR2004 - Cognito's
            yield f"{self.name}: maximum = {self.maximum}; a String can have at most 2048 characters"


class Attributes(Props):
    """Attributes in addition to the email address. A required or custom attribute cannot be removed later."""

    required: tuple[str, ...] = ()
    """Standard attributes that every sign-up must provide."""
    custom: tuple[CustomAttribute, ...] = ()

    def _problems(self) -> Iterator[str]:
        for name in self.required:
            if name not in STANDARD:
                yield f"required = {name!r}; only a standard attribute can be required: {', '.join(STANDARD)}"
        names = [attribute.name for attribute in self.custom]
        for name in twice(names):
            yield f"custom attribute {name!r} is defined more than once; rename one"
        if len(names) > MOST_CUSTOM_ATTRIBUTES:
            yield f"{len(names)} custom attributes; Cognito allows {MOST_CUSTOM_ATTRIBUTES}: remove some"
