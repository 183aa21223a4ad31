"""Where a sign-in leads: a path of this host, or a page of an allowed origin."""

import re
from collections.abc import Set as AbstractSet
from urllib.parse import urlsplit

from api.web.return_path import LONGEST, is_return_path


def allowed(address: str, origins: AbstractSet[str]) -> str | None:
    """Return ``address`` if a sign-in may lead there, else ``None`` (OWASP, Unvalidated Redirects)."""
    if is_return_path(address):
        return address
    if len(address) > LONGEST or re.search(r"[\\\x00-\x20\x7f]", address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if f"{parts.scheme}://{parts.netloc}" in origins else None
