"""Email and SMS: senders and message templates."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from stacks.auth.user_pool.mfa import CodeMessage, EmailMessage, Subject
from stacks.props import Props, Region, RoleArn, SesIdentityArn, matching

LinkMessage = Annotated[
    str, Field(min_length=6, max_length=20_000), matching(r"(?s).*\{##.+##\}.*", "a text with the link, {##its text##}")
]
# RFC 5322, 3.4: the name is of atoms, or in quotation marks; Cognito takes ASCII only.
_NAME = r"[\w !#$%&'*+/=?^`{|}~-]+"
FromAddress = Annotated[
    str,
    matching(
        rf"(?a)[^\s@<>]+@[^\s@<>,]+|({_NAME}|\"[ -!#-~]+\") ?<[^\s@<>]+@[^\s@<>,]+>",
        "an address, or Name <address>; a name with a dot, a comma or the like in quotation marks, and in ASCII",
    ),
    Field(max_length=320),
]


class SesEmail(Props):
    """Email through SES. Without it, Cognito sends at most 50 a day from its own address, suitable for trials only."""

    source_arn: SesIdentityArn
    from_address: FromAddress | None = None
    """For example ``Sign-in <no-reply@example.com>``; it must belong to the identity, its default."""
    reply_to: Annotated[str, matching(r"[^\s@<>]+@[^\s@<>]+", "an e-mail address"), Field(max_length=320)] | None = None
    configuration_set: Annotated[str, matching(r"[\w-]{1,64}", "1 to 64 letters, digits, - and _")] | None = None

    def _problems(self) -> Iterator[str]:
        identity = self.source_arn.rpartition("/")[2].lower()
        address = (self.from_address or identity).rpartition("<")[2].rstrip(">").lower()
        if self.from_address is None and "@" not in identity:
            yield f"source_arn is the domain {identity}: set from_address, an address of it"
        belongs = address == identity if "@" in identity else f".{address.rpartition('@')[2]}".endswith(f".{identity}")
        if not belongs and "${" not in f"{self.source_arn}{self.from_address}":
            yield (
                f"from_address = {self.from_address}, but the identity in source_arn is {identity}: SES sends for that "
                "address, or for addresses of that domain, only; change one of the two"
            )


class Sms(Props):
    """SMS through SNS, with a role that Cognito assumes."""

    caller_role_arn: RoleArn
    external_id: Annotated[str, Field(min_length=2, max_length=1224)]
    """External id in the role's trust policy; without it, any pool could use the role (confused deputy)."""
    region: Region | None = None


class VerificationLink(Props):
    """A link instead of the code; only of adopted pools: a click confirms an account without proof of its password."""

    subject: Subject = "Verify your address"
    message: LinkMessage = "Please {##verify your address##}"


class MessageTemplates(Props):
    """Texts with Cognito's placeholders: ``{####}`` for the code or temporary password, and ``{username}``."""

    verification_subject: Subject = "Your verification code"
    verification_message: EmailMessage = "Your verification code is {####}"
    verification_link: VerificationLink | None = None
    """Replaces the two fields above; Cognito rejects a link together with them."""
    verification_sms: CodeMessage | None = None
    authentication_sms: CodeMessage | None = None
    invitation_subject: Subject = "Your temporary password"
    invitation_message: EmailMessage = "Your user name is {username} and your temporary password is {####}"
    invitation_sms: CodeMessage = "Your user name is {username} and your temporary password is {####}"

    def _problems(self) -> Iterator[str]:
        for name in ("invitation_message", "invitation_sms"):
            if "{username}" not in getattr(self, name):
                yield f"{name} = {getattr(self, name)!r} lacks {{username}}, which Cognito requires; add it"
