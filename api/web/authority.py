"""Host and port in one spelling."""

import re


def authority(text: str) -> str:
    """Return ``host:port`` in lower case, without the port of http or https (RFC 3986, section 6.2.3)."""
    return re.sub(r":(80|443)?$", "", text.lower())
