"""The session of a client: tokens in memory, and one retry after a refresh."""

from collections.abc import Generator
from typing import Protocol

import httpx

from cognito_sign_in_client.generated.client import Client

_OK, _UNAUTHORIZED = 200, 401


class Tokens(Protocol):
    """The response of a login: ``TokenResponse``."""

    access_token: str
    refresh_token: str


class BearerSession(httpx.Auth):
    """Adds the access token to each request; a refused one is renewed, and the request repeated, once.

    ``httpx`` drives ``auth_flow`` for its synchronous and its asynchronous client alike.
    """

    requires_response_body = True

    def __init__(self) -> None:
        """Begin signed out."""
        self.access_token: str | None = None
        self._refresh_token = ""

    def begin(self, tokens: Tokens) -> None:
        """Keep the tokens of a login."""
        self.access_token, self._refresh_token = tokens.access_token, tokens.refresh_token

    def end(self) -> None:
        """Forget the tokens."""
        self.access_token, self._refresh_token = None, ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send ``request``, and once more if its token was refused and could be renewed."""
        sent = self.access_token
        if sent is None:
            yield request
            return
        response = yield _signed(request, sent)
        if not _is_refused(response):
            return
        if self.access_token == sent:
            # Another thread may have renewed it meanwhile.
            renewed = yield self._renewal(request)
            self._take(renewed)
        if self.access_token is not None:
            yield _signed(request, self.access_token)

    def _renewal(self, request: httpx.Request) -> httpx.Request:
        url = request.url.join("/refresh")
        return httpx.Request("POST", url, json={"refresh_token": self._refresh_token}, extensions=request.extensions)

    def _take(self, response: httpx.Response) -> None:
        if response.status_code == _OK:
            body = response.json()
            self.access_token, self._refresh_token = body["access_token"], body["refresh_token"]
        elif response.status_code == _UNAUTHORIZED:
            # Only a refusal ends the session: the service may be away for a moment.
            self.end()


def sign_in_client(base_url: str, session: BearerSession) -> Client:
    """Return the generated client of the API at ``base_url``, for all its operations."""
    return Client(base_url=base_url, httpx_args={"auth": session})


def _signed(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _is_refused(response: httpx.Response) -> bool:
    """Return whether the token, and not a password, was refused (RFC 6750, section 3.1)."""
    challenge = response.headers.get("www-authenticate", "")
    return response.status_code == _UNAUTHORIZED and "invalid_token" in challenge
