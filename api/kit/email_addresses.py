"""E-mail addresses in one form everywhere: as user names at Cognito, as keys of the state store, and for mails."""

import re
import unicodedata
from contextlib import suppress

import idna

# What copying an address brings along: spaces of every kind, and characters without a width.
_AROUND = re.compile(r"^[\s\u200b\u2060\ufeff]+|[\s\u200b\u2060\ufeff]+$")


def canonical(text: str) -> str:
    """Return the form of an address: without surrounding spaces, in lower case, with the domain in ASCII.

    The pool is case-insensitive, but SECRET_HASH is not. Mails need a domain in ASCII (RFC 5890, A-label); one that
    has no such form stays as it is. Unicode is composed (NFC).
    """
    composed = _AROUND.sub("", unicodedata.normalize("NFC", text))
    local, at, domain = composed.rpartition("@")
    if not domain.isascii():
        # A domain that cannot be encoded receives no mail, but a user of an adopted pool may have it in the name.
        with suppress(idna.IDNAError):
            domain = idna.encode(domain, uts46=True).decode()
    return f"{local}{at}{domain}".lower()
