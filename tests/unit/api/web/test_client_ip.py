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
def test_client_ip_is_last_untrusted_hop(peer: str, forwarded: list[str], expected: str) -> None:
    assert client_ip(connection(peer, *forwarded), PROXIES) == expected


def test_header_is_ignored_without_trusted_proxies() -> None:
    assert client_ip(connection("10.0.0.1", "198.51.100.1"), []) == "10.0.0.1"


def test_connection_without_peer_has_no_address() -> None:
    assert client_ip(HTTPConnection({"type": "http", "client": None, "headers": []}), PROXIES) == ""


def test_peer_replaced_by_uvicorn_is_ignored() -> None:
    """uvicorn applies X-Forwarded-For of local peers itself, and then reports port 0."""
    scope: dict[str, Any] = {"type": "http", "client": ("198.51.100.1", 0), "headers": []}
    assert client_ip(HTTPConnection(scope), []) == ""
