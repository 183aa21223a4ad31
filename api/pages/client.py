"""The API's routes, called in this process on behalf of the browser that sent a form."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Message

from api.sessions.cookie_middleware import CSRF_HEADER
from api.sessions.cookies import Cookies
from api.web.route_path import root_path

# Of the browser's request; the others are the called route's.
_REPLACED = {
    "accept",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "transfer-encoding",
    "x-request-id",
    "x-session",
    CSRF_HEADER,
}


@dataclass(frozen=True)
class Answer:
    """A response of the API; ``problem`` is the slug of an error."""

    status: int
    body: Any = None
    problem: str | None = None
    retry_after: str | None = None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The refused fields: name and sentence; the name is empty for the whole request. Forms nest by a dot."""
        rows = self.body.get("errors", []) if isinstance(self.body, dict) else []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - JSON of any type
        return [(str(row["pointer"])[1:].replace("/", "."), str(row["detail"])) for row in rows]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - as above


class ApiClient:
    """Calls routes with the cookies of one request, and collects those that they set."""

    def __init__(self, request: Request, language: str, csrf_token: str) -> None:
        """Call for ``request``; mails and texts are in ``language``, ``csrf_token`` is that of its session."""
        self._request = request
        self._language = language
        self._csrf_token = csrf_token
        sent = cookie_parser("; ".join(request.headers.getlist("cookie")))
        # The parser unquotes: another cookie's value could contain these names, and would be taken for them.
        cookies: Cookies = request.app.state.cookies
        self._jar = {name: sent[name] for name in cookies.names if name in sent and ";" not in sent[name]}
        self.set_cookies: list[str] = []

    async def call(self, method: str, path: str, body: object = None, query: dict[str, str] | None = None) -> Answer:
        """Call a route and return its response."""
        data = b"" if body is None else json.dumps(body).encode()
        sent = {"type": "http.request", "body": data, "more_body": False}
        status, headers, content = 0, Headers(), b""

        async def receive() -> Message:
            return sent

        async def send(message: Message) -> None:
            nonlocal status, headers, content
            if message["type"] == "http.response.start":
                status, headers = message["status"], Headers(raw=message["headers"])
            else:
                content += message.get("body", b"")

        await self._request.app(self._scope(method, path, len(data), urlencode(query or {})), receive, send)
        for cookie in headers.getlist("set-cookie"):
            self.add_cookie(cookie)
        found: Any = json.loads(content) if content else None
        problem = None
        if status >= 400:  # noqa: PLR2004 - HTTP
            problem = str(found["type"]).removeprefix(self._request.app.state.problem_base_uri)
        return Answer(status, found, problem, headers.get("retry-after"))

    @property
    def cookies(self) -> str:
        """The Cookie header of the next call."""
        return "; ".join(f"{name}={value}" for name, value in self._jar.items())

    def add_cookie(self, cookie: str) -> None:
        """Set a cookie in the browser, and for the calls that follow."""
        name, _, value = cookie.partition(";")[0].partition("=")
        self._jar[name] = value
        self.set_cookies.append(cookie)

    def _scope(self, method: str, path: str, length: int, query: str) -> dict[str, Any]:
        outer = self._request.scope
        root = root_path(outer)
        names = ("type", "asgi", "http_version", "scheme", "client", "server")
        return {
            **{name: outer[name] for name in names if name in outer},
            "method": method,
            "path": root + unquote(path),
            "raw_path": (root + path).encode(),
            "root_path": root,
            "query_string": query.encode(),
            "headers": self._headers(length),
            "state": {},
        }

    def _headers(self, length: int) -> list[tuple[bytes, bytes]]:
        kept = [row for row in self._request.headers.raw if row[0].decode("latin-1") not in _REPLACED]
        added = {
            "accept-language": self._language,
            "cookie": self.cookies,
            "x-request-id": self._request.state.request_id,
            "x-session": "cookie",
            CSRF_HEADER: self._csrf_token,
        }
        if length:
            added |= {"content-type": "application/json", "content-length": str(length)}
        return [*kept, *((name.encode(), value.encode("latin-1")) for name, value in added.items())]
