"""A fault-injecting proxy between the API and an emulator, scripted by operation and attempt."""

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

Answer = tuple[int, bytes]
_FORWARDED = {"authorization", "content-type", "x-amz-target"}


@dataclass
class ProxiedRequest:
    """One proxied request, with methods to forward it, respond to it, or reset the connection."""

    proxy: "FaultProxy"
    operation: str
    target: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter

    async def forward(self) -> Answer:
        self.proxy.executed[self.operation] += 1
        method, path = self.target.split(" ")[:2]
        url, session = self.proxy.upstream + path, self.proxy.session
        async with session.request(method, url, data=self.body, headers=self.headers) as response:
            return response.status, await response.read()

    async def respond(self, status: int, body: bytes, content_type: str = "application/x-amz-json-1.1") -> None:
        self.writer.write(head(status, len(body), content_type) + body)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[ProxiedRequest], Coroutine[Any, Any, None]]


def head(status: int, length: int, content_type: str) -> bytes:
    extra = "Location: http://127.0.0.1:9/\r\n" if status in {301, 302, 307, 308} else ""
    return f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n{extra}\r\n".encode()


async def passes(exchange: ProxiedRequest) -> None:
    await exchange.respond(*await exchange.forward())


def late(seconds: float) -> Fault:
    async def fault(exchange: ProxiedRequest) -> None:
        await asyncio.sleep(seconds)
        await passes(exchange)

    return fault


def error(status: int, code: str) -> Fault:
    async def fault(exchange: ProxiedRequest) -> None:
        await exchange.respond(status, json.dumps({"__type": code, "message": "canary"}).encode())

    return fault


throttle = error(400, "TooManyRequestsException")
throttle_by_gateway = error(429, "ThrottlingException")
unavailable = error(500, "InternalErrorException")


async def fails_after_execution(exchange: ProxiedRequest) -> None:
    await exchange.forward()
    await unavailable(exchange)


async def resets_before(exchange: ProxiedRequest) -> None:
    exchange.reset()


async def resets_after(exchange: ProxiedRequest) -> None:
    await exchange.forward()
    exchange.reset()


async def closes_after(exchange: ProxiedRequest) -> None:
    await exchange.forward()
    exchange.writer.close()


async def truncates(exchange: ProxiedRequest) -> None:
    status, body = await exchange.forward()
    padded = body + b" " * 64
    exchange.writer.write(head(status, len(padded), "application/x-amz-json-1.1") + padded[: len(body) // 2])
    exchange.writer.close()


def answers(body: bytes, status: int = 200, content_type: str = "application/x-amz-json-1.1") -> Fault:
    async def fault(exchange: ProxiedRequest) -> None:
        await exchange.respond(status, body, content_type)

    return fault


async def hangs(exchange: ProxiedRequest) -> None:
    await asyncio.sleep(60)
    exchange.writer.close()


async def half_closes(exchange: ProxiedRequest) -> None:
    exchange.writer.write(head(200, 100, "application/x-amz-json-1.1"))
    exchange.writer.write_eof()
    await asyncio.sleep(60)


async def drips_headers(exchange: ProxiedRequest) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" * 20:
        exchange.writer.write(bytes([byte]))
        await exchange.writer.drain()
        await asyncio.sleep(0.1)


async def drips_body(exchange: ProxiedRequest) -> None:
    exchange.writer.write(head(200, 10_000, "application/x-amz-json-1.1"))
    for _ in range(600):
        exchange.writer.write(b" ")
        await exchange.writer.drain()
        await asyncio.sleep(0.1)


class FaultProxy:
    """Proxy to ``upstream``: applies the faults in ``script`` to an operation's attempts in order, then ``always``."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self.upstream, self.session = upstream, session
        self.script: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.attempts: Counter[str] = Counter()
        self.executed: Counter[str] = Counter()
        self.url = ""

    def _fault(self, operation: str) -> Fault:
        self.attempts[operation] += 1
        queue = self.script.get(operation)
        return queue.pop(0) if queue else self.always.get(operation, passes)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                target, *rest = request.decode().split("\r\n")
                lines = (line.partition(":") for line in rest)
                fields = {name.lower(): value.strip() for name, _, value in lines}
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                operation = fields.get("x-amz-target", "").rpartition(".")[2]
                headers = {name: fields[name] for name in _FORWARDED & fields.keys()}
                await self._fault(operation)(ProxiedRequest(self, operation, target, headers, body, writer))
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    @classmethod
    @asynccontextmanager
    async def running(cls, upstream: str) -> AsyncGenerator["FaultProxy"]:
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(proxy._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async with aiohttp.ClientSession() as session:
            proxy = cls(upstream, session)
            server = await asyncio.start_server(accept, "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()[:2]
            proxy.url = f"http://{host}:{port}"
            try:
                yield proxy
            finally:
                server.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
