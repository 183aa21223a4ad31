"""Client IP address: the peer of the connection, or the address that trusted proxies report."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import HTTPConnection

Networks = Sequence[IPv4Network | IPv6Network]


def client_ip(connection: HTTPConnection, trusted: Networks) -> str:
    """Return the caller's address: the last hop of X-Forwarded-For that is not a trusted proxy.

    Without trusted proxies the header is ignored, because any client can send it. For peers on this host uvicorn itself
    replaces the peer by the header's address, with port 0: the caller is then unknown, and all such callers count as
    one.
    """
    peer = connection.client.host if connection.client else ""
    if not trusted:
        return peer if connection.client and connection.client.port else ""
    hops = [hop.strip() for value in connection.headers.getlist("x-forwarded-for") for hop in value.split(",")]
    while hops and _is_in(peer, trusted):
        hop = hops.pop()
        if not _is_address(hop):
            break
        peer = hop
    return peer


def _is_in(host: str, networks: Networks) -> bool:
    return _is_address(host) and any(ip_address(host) in network for network in networks)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
