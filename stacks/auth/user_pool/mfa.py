"""Second factors."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stacks.props import Props, matching

_WITH_CODE = matching(r"(?s).*\{####\}.*", "a text with the code, {####}")
CodeMessage = Annotated[str, Field(min_length=6, max_length=140), _WITH_CODE]
EmailMessage = Annotated[str, Field(min_length=6, max_length=20_000), _WITH_CODE]
Subject = Annotated[str, Field(min_length=1, max_length=140)]


class MfaMode(StrEnum):
    """Whether sign-in requires a second factor: Cognito's MfaConfiguration."""

    OFF = "OFF"
    OPTIONAL = "OPTIONAL"
    REQUIRED = "ON"


class EmailMfa(Props):
    """Email codes as a second factor; they need SES, and ``recovery`` must not be the email address alone."""

    subject: Subject = "Your sign-in code"
    message: EmailMessage = "Your sign-in code is {####}"


class Mfa(Props):
    """Second factors; optional by default, with authenticator apps: they are free and independent of the mailbox."""

    mode: MfaMode = MfaMode.OPTIONAL
    totp: bool = True
    email: EmailMfa | None = None
    sms: bool = False
    """SMS codes; they need the pool's ``sms``. The weakest of the three: phone numbers can be taken over."""

    def _problems(self) -> Iterator[str]:
        if self.mode is not MfaMode.OFF and not (self.totp or self.email or self.sms):
            yield f"mode = {self.mode} and no second factor: switch on totp, email or sms, or set mode OFF"
        if self.mode is MfaMode.OFF and (self.email or self.sms):
            yield "mode = OFF with email or sms: set mode OPTIONAL or ON, or remove them"
