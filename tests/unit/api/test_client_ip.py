from ipaddress import ip_network
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from api.web.client_ip import client_ip

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def connection(peer: str, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_the_last_hop_that_is_no_trusted_proxy_counts(peer: str, forwarded: list[str], expected: str) -> None:
    assert client_ip(connection(peer, *forwarded), PROXIES) == expected


def test_without_trusted_proxies_the_header_is_not_read() -> None:
    assert client_ip(connection("10.0.0.1", "198.51.100.1"), []) == "10.0.0.1"


def test_a_connection_without_a_peer_has_no_address() -> None:
    assert client_ip(HTTPConnection({"type": "http", "client": None, "headers": []}), PROXIES) == ""


def test_what_uvicorn_put_in_the_peers_place_is_believed_by_nobody() -> None:
    """It reads X-Forwarded-For of peers on its host by itself, and says so by port 0."""
    scope: dict[str, Any] = {"type": "http", "client": ("198.51.100.1", 0), "headers": []}
    assert client_ip(HTTPConnection(scope), []) == ""
