"""ClientMetadata for the pool's Lambda triggers: the user's language, and listed fields, both from request headers.

Headers serve requests with and without a body alike. Source: API page InitiateAuth, ClientMetadata; RFC 9110, section
12.5.4 (Accept-Language).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers

from api.errors import FieldError, ValidationFailed

PREFIX = "Client-Metadata-"
_LONGEST = 256
# A language tag of RFC 5646, without extensions, and its weight.
_RANGE = re.compile(r"\s*([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3})\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def client_metadata(headers: Headers, names: Sequence[str]) -> dict[str, str]:
    """Return ``locale``, the preferred language, and the fields ``names`` that the client has sent.

    Raises ``ValidationFailed`` for a field that is too long or not printable ASCII.
    """
    languages = languages_of(headers.get("accept-language", ""))
    found = {"locale": languages[0]} if languages else {}
    for name in names:
        if value := headers.get(PREFIX + name):
            if len(value) > _LONGEST or not (value.isascii() and value.isprintable()):
                detail = f"The header {PREFIX}{name} must have at most {_LONGEST} printable ASCII characters."
                raise ValidationFailed(FieldError("", detail))
            found[name] = value
    return found


@lru_cache(1024)
def languages_of(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, the most wanted first."""
    ranges = [match for text in header[:_LONGEST].split(",") if (match := _RANGE.fullmatch(text))]
    wanted = [match for match in ranges if float(match[2] or 1) > 0]
    return tuple(match[1] for match in sorted(wanted, key=lambda match: -float(match[2] or 1)))
