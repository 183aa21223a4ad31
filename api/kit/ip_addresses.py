"""IP addresses as clients send them."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address, an IPv4 one for a mapped one (RFC 4291, section 2.5.5.2), or ``None`` for another text."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
