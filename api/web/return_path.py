"""Paths of this host to which a browser may be sent (OWASP, Unvalidated Redirects)."""

import re

_PATH = re.compile(r"/([^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")
LONGEST = 2048


def is_return_path(text: str) -> bool:
    """Return whether ``text`` is a path of this host: browsers take ``//`` and a backslash for another host."""
    return len(text) <= LONGEST and _PATH.fullmatch(text) is not None
