from ipaddress import ip_network
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from api.web import client_ip as client_ip_module
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
        # A trusted proxy has written it, and who called is not known.
        ("10.0.0.1", ["nonsense"], ""),
        ("10.0.0.1", ["198.51.100.1, nonsense"], ""),
        ("10.0.0.1", ["198.51.100.1, unknown"], ""),
        ("10.0.0.1", ["_hidden"], ""),
        ("10.0.0.1", [""], ""),
        ("10.0.0.1", [], "10.0.0.1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("testclient", ["198.51.100.1"], "testclient"),
    ],
)
def test_client_ip_is_last_untrusted_hop(peer: str, forwarded: list[str], expected: str) -> None:
    assert client_ip(connection(peer, *forwarded), PROXIES) == expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", '"198.51.100.1"', "198.51.100.1"),
        ("10.0.0.1", '"[2001:db8::1]:4711"', "2001:db8::1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2:80", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_a3_every_spelling_of_a_hop_is_read(peer: str, forwarded: str, expected: str) -> None:
    assert client_ip(connection(peer, forwarded), PROXIES) == expected


def test_a3_proxy_at_a_unix_socket_is_trusted_by_name() -> None:
    forwarded = [(b"x-forwarded-for", b"198.51.100.1, 10.0.0.2")]
    unix = HTTPConnection({"type": "http", "client": None, "headers": forwarded})
    assert client_ip(unix, [*PROXIES, "unix"]) == "198.51.100.1"
    assert client_ip(unix, PROXIES) == ""


def test_a3_address_of_an_adapter_is_taken_by_name() -> None:
    adapter = HTTPConnection({"type": "http", "client": ("198.51.100.9", 0), "headers": []})
    assert client_ip(adapter, ["server"]) == "198.51.100.9"
    assert client_ip(adapter, PROXIES) == ""


def test_a3_address_with_port_that_uvicorn_took_from_the_header_is_not_believed() -> None:
    scope = {"type": "http", "client": ("6.6.6.6", 1234), "headers": [(b"x-forwarded-for", b"6.6.6.6:1234")]}
    assert client_ip(HTTPConnection(scope), []) == "unknown"
    scope["headers"] = [(b"x-forwarded-for", b"6.6.6.6")]
    assert client_ip(HTTPConnection(scope), []) == "6.6.6.6"


def test_a3_mapped_network_is_trusted() -> None:
    mapped = [ip_network("::ffff:10.0.0.0/104")]
    assert client_ip(connection("::ffff:10.0.0.1", "198.51.100.1"), mapped) == "198.51.100.1"


def test_a3_unknown_address_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    client_ip_module.warn_once.cache_clear()
    for _ in range(2):
        client_ip(connection("10.0.0.1", "198.51.100.1"), [])
        client_ip(HTTPConnection({"type": "http", "client": None, "headers": []}), PROXIES)
    assert [record.message.partition(" ")[0] for record in caplog.records] == ["X-Forwarded-For", "the"]


def test_header_is_ignored_without_trusted_proxies() -> None:
    assert client_ip(connection("10.0.0.1", "198.51.100.1"), []) == "10.0.0.1"


def test_connection_without_peer_has_no_address() -> None:
    assert client_ip(HTTPConnection({"type": "http", "client": None, "headers": []}), PROXIES) == ""


def test_peer_replaced_by_uvicorn_is_ignored() -> None:
    """uvicorn applies X-Forwarded-For of local peers itself, and then reports port 0."""
    scope: dict[str, Any] = {"type": "http", "client": ("198.51.100.1", 0), "headers": []}
    assert client_ip(HTTPConnection(scope), []) == ""
