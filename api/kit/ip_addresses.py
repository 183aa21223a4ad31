"""IP addresses as clients send them."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

# An address in any spelling that proxies write: with a port, in brackets, or in quotes.
_HOP = re.compile(r'"?(?:\[([^\[\]]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}|([^\[\]"]+))"?')


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address without its zone, an IPv4 one for a mapped one, or ``None`` for another text.

    Source: RFC 4007, section 11; RFC 4291, section 2.5.5.2.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def ip_of_hop(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address of one entry of X-Forwarded-For, or ``None`` for another text, such as ``unknown``."""
    found = _HOP.fullmatch(text.strip())
    return ip_of(found[1] or found[2] or found[3]) if found else None
