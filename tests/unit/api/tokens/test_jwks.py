"""The pool's keys from a real server that rotates, hangs, drips, lies and dies."""

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
    """Answers GET as it is told, and counts."""

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


async def test_sixty_cold_requests_cause_one_fetch(server: KeyServer) -> None:
    async with server.running() as jwks:
        assert all(await asyncio.gather(*(jwks.get(KEY.kid) for _ in range(60))))
    assert server.requests == 1


async def test_three_hundred_unknown_kids_cause_two_fetches_at_most(server: KeyServer) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        found = await asyncio.gather(*(jwks.get(f"unknown-{number}") for number in range(300)))
        for number in range(300):
            assert await jwks.get(f"later-{number}") is None
    assert not any(found)
    assert server.requests <= 2


async def test_a_rotated_key_is_known_after_the_pause_and_a_dropped_one_is_not(server: KeyServer) -> None:
    async with server.running(unknown_seconds=0.3) as jwks:
        assert await jwks.get(KEY.kid)
        server.body = json.dumps({"keys": [NEW.jwk()]}).encode()
        assert await jwks.get(NEW.kid) is None, "at once"
        await asyncio.sleep(0.35)
        assert await jwks.get(NEW.kid)
        assert jwks.get_cached(KEY.kid) is None


async def test_the_pause_is_shorter_than_fifteen_seconds(server: KeyServer) -> None:
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


def saying(body: bytes, status: bytes = b"200 OK") -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    return answer


FAULTS: dict[str, Answer] = {
    "hangs": hang,
    "drips": drip,
    "dies": die,
    "500": saying(KEY.jwks(), b"500 Internal Server Error"),
    "302": saying(b"", b"302 Found"),
    "html": saying(b"<html>"),
    "no keys": saying(b'{"keys": []}'),
    "a list": saying(b"[]"),
    "no list": saying(b'{"keys": {}}'),
    "too large": saying(b'{"keys": [' + b" " * 70_000 + b"]}"),
    "keys of others": saying(json.dumps({"keys": [{"kty": "EC", "kid": "x"}]}).encode()),
}


@timed
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_cold_outage_is_told_and_over_soon_after_it_ends(server: KeyServer, fault: Answer) -> None:
    async with server.running() as jwks:
        server.answer = fault
        start = time.monotonic()
        found = await asyncio.gather(*(jwks.get(KEY.kid) for _ in range(60)), return_exceptions=True)
        assert all(isinstance(each, KeysUnavailable) for each in found)
        assert time.monotonic() - start < 5
        assert server.requests <= 2
        server.answer = server.document
        await asyncio.sleep(1.05)
        assert await jwks.get(KEY.kid)


@timed
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_keys_are_served_while_stale(server: KeyServer, fault: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        server.answer = fault
        monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 3600)
        start = time.monotonic()
        assert jwks.get_cached(KEY.kid), "nobody waits for the renewal"
        assert time.monotonic() - start < 0.05
        await asyncio.sleep(0.1)
        assert jwks.get_cached(KEY.kid)


async def test_old_keys_are_renewed_in_the_background(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server.running() as jwks:
        assert await jwks.get(KEY.kid)
        server.body = json.dumps({"keys": [KEY.jwk(), NEW.jwk()]}).encode()
        monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 3600)
        assert jwks.get_cached(KEY.kid)
        await asyncio.sleep(0.1)
        assert jwks.get_cached(NEW.kid)
    assert server.requests == 2


async def test_a_caller_who_gives_up_takes_nobody_along(server: KeyServer) -> None:
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
def test_a_key_that_cannot_be_used_is_left_out_and_the_others_stay(poison: dict[str, Any]) -> None:
    document = json.dumps({"keys": [poison, KEY.jwk(), "no key", None]}).encode()
    assert read_jwks(document).keys() == {KEY.kid}


async def test_a_kid_that_could_not_be_looked_for_is_not_refused(server: KeyServer) -> None:
    async with server.running(unknown_seconds=0.1) as jwks:
        assert await jwks.get(KEY.kid)
        server.answer = die
        await asyncio.sleep(0.15)
        with pytest.raises(KeysUnavailable):
            await jwks.get(NEW.kid)
        assert await jwks.get(KEY.kid)


def test_static_keys_come_as_text_or_parsed() -> None:
    assert StaticJwks(json.loads(KEY.jwks())).get_cached(KEY.kid)


def test_two_keys_of_one_kid_are_none() -> None:
    document = json.dumps({"keys": [KEY.jwk(), NEW.jwk(kid=KEY.kid), NEW.jwk()]}).encode()
    assert read_jwks(document).keys() == {NEW.kid}


def test_static_keys_without_a_usable_one_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="no RSA key of 2048"):
        StaticJwks(b'{"keys": []}')


async def test_over_http_a_cold_outage_is_503_and_a_forged_token_still_401() -> None:
    async with client_of(settings_for(f"http://127.0.0.1:{free_port()}")) as api:
        outage = await api.get("/session", headers={"Authorization": f"Bearer {KEY.token()}"})
        assert (outage.status_code, outage.headers["retry-after"]) == (503, "2")
        assert "www-authenticate" not in outage.headers
        forged = await api.get("/session", headers={"Authorization": "Bearer a.b.c"})
        assert forged.status_code == 401


async def test_over_http_a_rotated_key_works_without_a_restart(
    api: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.get("/session", headers={"Authorization": f"Bearer {KEY.token()}"})).status_code == 200
    cognito.jwks = json.dumps({"keys": [KEY.jwk(), NEW.jwk()]}).encode()
    monkeypatch.setattr("cognito_tokens.jwks.monotonic", lambda: time.monotonic() + 11)
    assert (await api.get("/session", headers={"Authorization": f"Bearer {NEW.token()}"})).status_code == 200
