"""Where a request comes from, as the browser says."""

import re
from collections.abc import Set as AbstractSet

from starlette.datastructures import Headers


def is_same_site(headers: Headers, origins: AbstractSet[str], host: str | None = None) -> bool:
    """Return whether a page of this origin, or of one of ``origins``, has sent the request.

    Browsers say it in Sec-Fetch-Site; without it Origin is compared with ``host``, else with Host, which a proxy may
    have rewritten.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin in origins:
        return True
    if site is not None:
        return site == "same-origin"
    # Behind a proxy that terminates TLS the scheme is unknown, so only the host is compared.
    return origin is None or _authority(origin.partition("://")[2]) == _authority(host or headers.get("host", ""))


def _authority(text: str) -> str:
    """Return ``host:port`` in lower case, without the port of http or https (RFC 3986, section 6.2.3)."""
    return re.sub(r":(80|443)?$", "", text.lower())
