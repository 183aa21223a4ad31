"""JWKS cache against a real server: key rotation, timeouts, slow or invalid responses, closed connections."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from cognito_tokens.errors import KeysUnavailable
from cognito_tokens.http_client import HttpClient
from cognito_tokens.jwks import Jwks, StaticJwks, read_jwks
from tests.conftest import client_of, settings_for
from tests.support.cognito import FakeCognito
from tests.support.servers import free_port
from tests.support.timing import timed
from tests.support.tokens import KEY, SigningKey

pytestmark = pytest.mark.anyio

NEW = SigningKey()
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class KeyServer:
    """Key server with configurable responses; counts requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.body = KEY.jwks()
        self.answer: Answer = self.document

    async def document(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(self.body), self.body))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await self.answer(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncGenerator[Jwks]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        client = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json")
        yield Jwks(client, **options)
        await client.aclose()
        server.close()


@pytest.fixture
def server() -> KeyServer:
    return KeyServer()


async def test_concurrent_first_requests_fetch_once(server: KeyServer) -> None:
    async with server.running() as jwks:
        assert all(await asyncio.gather(*(jwks.get(KEY.kid) for _ in range(60))))
    assert server.requests == 1


async def test_unknown_kids_fetch_at_most_twice(server: KeyServer) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        found = await asyncio.gather(*(jwks.get(f"unknown-{number}") for number in range(300)))
        for number in range(300):
            assert await jwks.get(f"later-{number}") is None
    assert not any(found)
    assert server.requests <= 2


async def test_rotated_key_replaces_old_after_pause(server: KeyServer) -> None:
    async with server.running(unknown_seconds=0.3) as jwks:
        assert await jwks.get(KEY.kid)
        server.body = json.dumps({"keys": [NEW.jwk()]}).encode()
        assert await jwks.get(NEW.kid) is None, "before the pause ends"
        await asyncio.sleep(0.35)
        assert await jwks.get(NEW.kid)
        assert jwks.get_cached(KEY.kid) is None


async def test_default_pause_is_under_fifteen_seconds(server: KeyServer) -> None:
    async with server.running() as jwks:
        assert 0 < vars(jwks)["_unknown_seconds"] < 15


async def hang(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b"{")
        await writer.drain()
        await asyncio.sleep(0.2)


async def die(writer: asyncio.StreamWriter) -> None:
    writer.close()


def respond_with(body: bytes, status: bytes = b"200 OK") -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    return answer


FAULTS: dict[str, Answer] = {
    "hangs": hang,
    "drips": drip,
    "dies": die,
    "500": respond_with(KEY.jwks(), b"500 Internal Server Error"),
    "302": respond_with(b"", b"302 Found"),
    "html": respond_with(b"<html>"),
    "no keys": respond_with(b'{"keys": []}'),
    "a list": respond_with(b"[]"),
    "no list": respond_with(b'{"keys": {}}'),
    "too large": respond_with(b'{"keys": [' + b" " * 70_000 + b"]}"),
    "keys of others": respond_with(json.dumps({"keys": [{"kty": "EC", "kid": "x"}]}).encode()),
}


@timed
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_initial_outage_raises_and_then_recovers(
    server: KeyServer, fault: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server.running() as jwks:
        server.answer = fault
        start = time.monotonic()
        found = await asyncio.gather(*(jwks.get(KEY.kid) for _ in range(60)), return_exceptions=True)
        assert all(isinstance(each, KeysUnavailable) for each in found)
        assert time.monotonic() - start < 5
        assert server.requests <= 2
        server.answer = server.document
        monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 1.05)
        assert await jwks.get(KEY.kid)


@timed
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_stale_keys_are_served_during_outage(
    server: KeyServer, fault: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        server.answer = fault
        monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 3600)
        start = time.monotonic()
        assert jwks.get_cached(KEY.kid), "the lookup does not wait for the refresh"
        assert time.monotonic() - start < 0.05
        await asyncio.sleep(0.1)
        assert jwks.get_cached(KEY.kid)


async def test_stale_keys_are_refreshed_in_background(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        server.body = json.dumps({"keys": [KEY.jwk(), NEW.jwk()]}).encode()
        monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 3600)
        assert jwks.get_cached(KEY.kid)
        await asyncio.sleep(0.1)
        assert jwks.get_cached(NEW.kid)
    assert server.requests == 2


async def test_cancelled_caller_does_not_cancel_fetch(server: KeyServer) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await server.document(writer)

    server.answer = slow
    async with server.running() as jwks:
        first = asyncio.ensure_future(jwks.get(KEY.kid))
        second = asyncio.ensure_future(jwks.get(KEY.kid))
        await asyncio.sleep(0.05)
        first.cancel()
        assert await second


POISON: dict[str, dict[str, Any]] = {
    "a small modulus": SigningKey(1024).jwk(),
    "for encryption": KEY.jwk(use="enc", kid="x"),
    "for another algorithm": KEY.jwk(alg="RS512", kid="x"),
    "a private key": KEY.jwk(d="AAAA", kid="x"),
    "a symmetric key": {"kty": "oct", "k": "AAAA", "kid": "x"},
    "operations that are nothing": KEY.jwk(key_ops=None, kid="x"),
    "operations that are a number": KEY.jwk(key_ops=1, kid="x"),
    "operations that are true": KEY.jwk(key_ops=True, kid="x"),
    "of another's kid": {"kty": "EC", "kid": KEY.kid},
    "for signing only": KEY.jwk(key_ops=["sign"], kid="x"),
    "no modulus": {"kty": "RSA", "e": "AQAB", "kid": "x"},
    "a modulus that is no base64url": KEY.jwk(n="!!!", kid="x"),
    "exponent one": KEY.jwk(e="AQ", kid="x"),
    "an even exponent": KEY.jwk(e="AQAA", kid="x"),
    "a huge modulus": KEY.jwk(n="_" * 3000, kid="x"),
    "a kid that is a number": KEY.jwk(kid=1),
    "no kid": {name: value for name, value in KEY.jwk().items() if name != "kid"},
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_unusable_key_is_skipped(poison: dict[str, Any]) -> None:
    document = json.dumps({"keys": [poison, KEY.jwk(), "no key", None]}).encode()
    assert read_jwks(document).keys() == {KEY.kid}


async def test_unknown_kid_during_outage_is_unavailable(server: KeyServer) -> None:
    async with server.running(unknown_seconds=0.1) as jwks:
        assert await jwks.get(KEY.kid)
        server.answer = die
        await asyncio.sleep(0.15)
        with pytest.raises(KeysUnavailable):
            await jwks.get(NEW.kid)
        assert await jwks.get(KEY.kid)


def test_static_keys_accept_parsed_document() -> None:
    assert StaticJwks(json.loads(KEY.jwks())).get_cached(KEY.kid)


def test_duplicate_kid_is_skipped() -> None:
    document = json.dumps({"keys": [KEY.jwk(), NEW.jwk(kid=KEY.kid), NEW.jwk()]}).encode()
    assert read_jwks(document).keys() == {NEW.kid}


def test_static_keys_without_usable_key_raise() -> None:
    with pytest.raises(ValueError, match="no RSA key of 2048"):
        StaticJwks(b'{"keys": []}')


async def test_http_outage_is_503_but_forged_token_401() -> None:
    async with client_of(settings_for(f"http://127.0.0.1:{free_port()}")) as api:
        outage = await api.get("/session", headers={"Authorization": f"Bearer {KEY.token()}"})
        assert (outage.status_code, outage.headers["retry-after"]) == (503, "2")
        assert "www-authenticate" not in outage.headers
        forged = await api.get("/session", headers={"Authorization": "Bearer a.b.c"})
        assert forged.status_code == 401


async def test_http_rotated_key_works_without_restart(
    api: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.get("/session", headers={"Authorization": f"Bearer {KEY.token()}"})).status_code == 200
    cognito.jwks = json.dumps({"keys": [KEY.jwk(), NEW.jwk()]}).encode()
    monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 11)
    assert (await api.get("/session", headers={"Authorization": f"Bearer {NEW.token()}"})).status_code == 200
