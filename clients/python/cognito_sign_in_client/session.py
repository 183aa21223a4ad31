"""The session of a client: tokens in memory, and one retry after a refresh."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from typing import NamedTuple, Protocol, cast

import httpx

from cognito_sign_in_client.generated.client import AuthenticatedClient, Client

_OK, _UNAUTHORIZED = 200, 401


class Tokens(Protocol):
    """The response of a login: ``TokenResponse``."""

    access_token: str
    refresh_token: str


class _Kept(NamedTuple):
    access_token: str
    refresh_token: str
    # Which login they belong to: a renewal must not replace the tokens of another one.
    login: int


class BearerSession(httpx.Auth):
    """Adds the access token to each request; a refused one is renewed, and the request repeated, once.

    Threads and tasks share a session: of several requests with a refused token, one renews it.
    """

    def __init__(self, base_url: str) -> None:
        """Begin signed out, at the API at ``base_url``."""
        self._refresh_url = f"{base_url.rstrip('/')}/refresh"
        self._kept: _Kept | None = None
        self._logins = 0
        self._lock, self._async_lock = threading.Lock(), asyncio.Lock()

    @property
    def access_token(self) -> str | None:
        """The access token; ``None`` when signed out."""
        return self._kept.access_token if self._kept else None

    def begin(self, tokens: Tokens) -> None:
        """Keep the tokens of a login."""
        self._logins += 1
        self._kept = _Kept(tokens.access_token, tokens.refresh_token, self._logins)

    def end(self) -> None:
        """Forget the tokens."""
        self._logins += 1
        self._kept = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send ``request``, and once more if its token was refused and could be renewed."""
        sent = self._kept
        response = yield _signed(request, sent)
        if sent is None or not _is_refused(response):
            return
        with self._lock:
            if self._kept is sent:
                renewed = yield self._renewal(sent)
                renewed.read()
                self._take(renewed, sent)
        if self._is_renewed(sent):
            yield _signed(request, self._kept)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send ``request``, and once more if its token was refused and could be renewed."""
        sent = self._kept
        response = yield _signed(request, sent)
        if sent is None or not _is_refused(response):
            return
        async with self._async_lock:
            if self._kept is sent:
                renewed = yield self._renewal(sent)
                await renewed.aread()
                self._take(renewed, sent)
        if self._is_renewed(sent):
            yield _signed(request, self._kept)

    def _renewal(self, sent: _Kept) -> httpx.Request:
        return httpx.Request("POST", self._refresh_url, json={"refresh_token": sent.refresh_token})

    def _take(self, response: httpx.Response, sent: _Kept) -> None:
        if self._kept is not sent:
            # The user has signed out, or in again, meanwhile.
            return
        if response.status_code == _OK:
            body = response.json()
            self._kept = _Kept(body["access_token"], body["refresh_token"], sent.login)
        elif response.status_code == _UNAUTHORIZED:
            # Only a refusal ends the session: the service may be away for a moment.
            self._kept = None

    def _is_renewed(self, sent: _Kept) -> bool:
        return self._kept is not None and self._kept is not sent and self._kept.login == sent.login


def sign_in_client(base_url: str, session: BearerSession) -> AuthenticatedClient:
    """Return the generated client of the API at ``base_url``, for all its operations; ``session`` adds the token."""
    return cast("AuthenticatedClient", Client(base_url=base_url, httpx_args={"auth": session}))


def _signed(request: httpx.Request, tokens: _Kept | None) -> httpx.Request:
    if tokens:
        request.headers["Authorization"] = f"Bearer {tokens.access_token}"
    return request


def _is_refused(response: httpx.Response) -> bool:
    """Return whether the token, and not a password, was refused (RFC 6750, section 3.1)."""
    challenge = response.headers.get("www-authenticate", "")
    return response.status_code == _UNAUTHORIZED and "invalid_token" in challenge
