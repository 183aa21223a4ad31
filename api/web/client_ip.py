"""Client IP address: the peer of the connection, or the address that trusted proxies report."""

import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

from starlette.requests import HTTPConnection

from api.kit.ip_addresses import ip_of, ip_of_hop

logger = logging.getLogger(__name__)

# All clients with this address count as one, for wrong guesses, too.
_UNKNOWN = "unknown"
# "unix": peers without an address, at a Unix domain socket. "server": the ASGI server's own word, whatever it is.
Trusted = Sequence[IPv4Network | IPv6Network | Literal["unix", "server"]]


def client_ip(connection: HTTPConnection, trusted: Trusted) -> str:
    """Return the caller's address: the last hop of X-Forwarded-For that is not a trusted proxy.

    Empty if it is not known; all such callers count as one. Without trusted proxies the header is ignored, because any
    client can send it; the header ``Forwarded`` always is.
    """
    peer = _peer(connection, trusted)
    hops = [hop.strip() for value in connection.headers.getlist("x-forwarded-for") for hop in value.split(",")]
    if not trusted and hops:
        warn_once("X-Forwarded-For is ignored, because TRUSTED_PROXIES is not set")
        return _UNKNOWN if _is_claimed(connection, hops) else peer
    while hops and _is_trusted(peer, trusted):
        address = ip_of_hop(hops.pop())
        peer = str(address) if address else ""
        if address is None:
            break
    if not peer:
        warn_once("the address of a client is not known; all such clients count as one (TRUSTED_PROXIES)")
    return peer


def forwarded(connection: HTTPConnection, trusted: Trusted, *names: str) -> list[str]:
    """Return X-Forwarded-NAME for each name; empty where a header is missing or no trusted proxy has sent it."""
    is_believed = _is_trusted(_peer(connection, trusted), trusted)
    return [connection.headers.get(f"x-forwarded-{name}", "") if is_believed else "" for name in names]


def _peer(connection: HTTPConnection, trusted: Trusted) -> str:
    """Return the address of the other end, as the server reports it.

    uvicorn reports port 0 for an address that it took from X-Forwarded-For, and adapters for Lambda do for theirs.
    """
    if connection.client is None or not (connection.client.port or "server" in trusted):
        return ""
    return _spelled(connection.client.host)


@lru_cache(maxsize=4096)
def _spelled(host: str) -> str:
    """Return an address in its one spelling; cached, because it is parsed for each request and clients come back."""
    return str(ip_of(host) or host)


def _is_claimed(connection: HTTPConnection, hops: list[str]) -> bool:
    """Return whether the header names the peer with its port.

    Then uvicorn may have taken both from the header, as it does for peers on this host, and they may be invented.
    """
    client = connection.client
    return client is not None and bool({f"{client.host}:{client.port}", f"[{client.host}]:{client.port}"} & {*hops})


def _is_trusted(peer: str, trusted: Trusted) -> bool:
    address = ip_of(peer)
    if address is None:
        return not peer and "unix" in trusted
    # A network may be written with mapped addresses (RFC 4291, section 2.5.5.2).
    mapped = ip_address(f"::ffff:{address}") if address.version == 4 else address  # noqa: PLR2004 - IPv4
    return any(address in network or mapped in network for network in trusted if not isinstance(network, str))


@cache
def warn_once(sentence: str) -> None:
    """Log a sentence once per process."""
    logger.warning(sentence)
