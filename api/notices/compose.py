"""Texts of the notices: files with a subject, an empty line and a body, as ``string.Template``."""

from pathlib import Path
from string import Template
from typing import Literal, NamedTuple

Kind = Literal["password_change", "address_change", "factor_change", "new_device"]

_TEXTS = Path(__file__).parent / "texts"
# Events of the audit, and the notice of their success.
KINDS: dict[str, Kind] = {
    "password_reset": "password_change",
    "password_change": "password_change",
    "email_change": "address_change",
    "factor_change": "factor_change",
    # A new authenticator app replaces the former one.
    "factor_verification": "factor_change",
    "passkey_addition": "factor_change",
    "passkey_deletion": "factor_change",
}
SIGN_INS = {"sign_in", "sign_in_challenge", "oauth_sign_in"}


class Mail(NamedTuple):
    """A mail in plain text."""

    subject: str
    body: str


def compose(kind: Kind, *, product: str, time: str, client: str) -> Mail:
    """Return the mail of a kind; ``time`` and ``client`` are texts."""
    template = Template((_TEXTS / f"{kind}.txt").read_text(encoding="utf-8"))
    subject, _, body = template.substitute(product=product, time=time, client=client).partition("\n\n")
    return Mail(subject, body)
