"""Tokens in FastAPI: what a route asks for by type, and what it answers when that is not given.

One dependency a route, with none below it. The token is taken from the Authorization header alone (RFC 6750, section
2.1; section 2.3 warns of the query). They show in OpenAPI as the bearer scheme, with its scopes.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from time import time
from typing import Annotated, Any

from fastapi import FastAPI, Request, Security
from fastapi.exceptions import WebSocketException
from fastapi.openapi.models import HTTPBearer
from fastapi.responses import JSONResponse
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from cognito_tokens.errors import (
    InsufficientGroup,
    InsufficientScope,
    LoginTooOld,
    TokenError,
    TokenMissing,
    TokenRefused,
    TokenUndecided,
)
from cognito_tokens.principal import Principal
from cognito_tokens.verifier import TokenVerifier

logger = logging.getLogger(__name__)

_TITLES = {401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable"}


def _problem(status: int) -> dict[str, Any]:
    """Return a problem (RFC 9457) that its status says all of."""
    return {"type": "about:blank", "title": _TITLES[status], "status": status}


def _refusal(description: str, status: int) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"example": _problem(status)}}}


_REFUSALS = {
    "401": _refusal("No token, or one that does not count (RFC 6750).", 401),
    "403": _refusal("The token lacks a scope or its user a group.", 403),
    "503": _refusal("It cannot be known now whether the token counts.", 503),
}
_POLICY_VIOLATION = 1008
_TRY_AGAIN_LATER = 1013
AskCognito = Callable[[str], Awaitable[object]]


@dataclass(frozen=True)
class Guard:
    """What an application verifies with; ``ask_cognito`` raises ``TokenRefused`` when Cognito refuses a token."""

    verifier: TokenVerifier
    ask_cognito: AskCognito | None = None


def protect(app: FastAPI, verifier: TokenVerifier, ask_cognito: AskCognito | None = None) -> None:
    """Let the routes of ``app`` use the dependencies of this module; refusals are 401, 403 and 503, in OpenAPI too."""
    app.state.token_guard = Guard(verifier, ask_cognito)
    app.add_exception_handler(TokenError, _refuse)
    describe = app.openapi

    def describe_refusals() -> dict[str, Any]:
        document = describe()
        for operation in _operations(document):
            if "security" in operation:
                operation["responses"] = _REFUSALS | operation["responses"]
        return document

    app.openapi = describe_refusals


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the bearer token of the Authorization header; ``None`` without one; raise ``TokenRefused`` for two."""
    # Not connection.headers: it would be made for this alone, at each request.
    values = [value for name, value in connection.scope["headers"] if name == b"authorization"]
    if not values:
        return None
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    if len(values) > 1:
        raise TokenRefused("one Authorization header", len(values))
    return token.strip(" ")


async def verify(connection: HTTPConnection, *, fail_closed: bool | None = None) -> Principal:
    """Return who the connection's token speaks for; raise a ``TokenError``."""
    token = bearer_token(connection)
    if token is None:
        raise TokenMissing
    guard: Guard = connection.app.state.token_guard
    return await guard.verifier.verify(token, fail_closed=fail_closed)


class Bearer(SecurityBase):
    """A dependency that gives the principal, once it has passed what the subclass asks for."""

    def __init__(self) -> None:
        """Describe the scheme for OpenAPI."""
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token of the user pool.")
        self.scheme_name = "bearer"

    async def __call__(self, connection: HTTPConnection) -> Principal:
        """Return the principal; raise a ``TokenError``, or close a WebSocket."""
        try:
            return await self._admit(connection)
        except TokenError as error:
            if connection.scope["type"] == "websocket":
                code = _TRY_AGAIN_LATER if isinstance(error, TokenUndecided) else _POLICY_VIOLATION
                raise WebSocketException(code) from error
            raise

    async def _admit(self, connection: HTTPConnection) -> Principal:
        return await verify(connection)


class _Optional(Bearer):
    """The principal, or nobody where there is no token; a token that is refused is refused here too."""

    async def _admit(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - a principal or nobody
        return await verify(connection) if bearer_token(connection) is not None else None


class _Scopes(Bearer):
    """All of these scopes (RFC 6749, section 3.3)."""

    def __init__(self, *scopes: str) -> None:
        """Ask for ``scopes``."""
        super().__init__()
        self.scopes = frozenset(scopes)

    async def _admit(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection)
        if not self.scopes <= principal.scopes:
            raise InsufficientScope(self.scopes)
        return principal


class _Groups(Bearer):
    """One of these groups; ``fail_closed`` refuses everybody while revocations cannot be heard of."""

    def __init__(self, *groups: str, fail_closed: bool | None = True) -> None:
        """Ask for one of ``groups``."""
        super().__init__()
        self.groups = frozenset(groups)
        self.fail_closed = fail_closed

    async def _admit(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection, fail_closed=self.fail_closed)
        if self.groups.isdisjoint(principal.groups):
            raise InsufficientGroup
        return principal


class _Recent(Bearer):
    """A sign-in at most ``max_age`` seconds ago (RFC 9470)."""

    def __init__(self, max_age: int) -> None:
        """Ask for a sign-in at most ``max_age`` seconds ago."""
        super().__init__()
        self.max_age = max_age

    async def _admit(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection)
        if time() - principal.auth_time > self.max_age:
            raise LoginTooOld(self.max_age)
        return principal


class _Fresh(Bearer):
    """Asked of Cognito itself at each request (GetUser): slow, and true at once whoever ended the session."""

    async def _admit(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection, fail_closed=True)
        guard: Guard = connection.app.state.token_guard
        if guard.ask_cognito is None:
            message = "FreshPrincipal needs protect(app, verifier, ask_cognito)"
            raise RuntimeError(message)
        await guard.ask_cognito(bearer_token(connection) or "")
        return principal


def RequireScopes(*scopes: str) -> Any:  # noqa: ANN401, N802 - used as FastAPI's Security is
    """Ask for all of these scopes: a marker for ``Annotated[Principal, ...]``."""
    return Security(_Scopes(*scopes), scopes=list(scopes))


def RequireGroups(*groups: str, fail_closed: bool | None = True) -> Any:  # noqa: ANN401, N802 - as RequireScopes
    """Ask for one of ``groups``; it refuses everybody while revocations cannot be heard of, unless told otherwise."""
    return Security(_Groups(*groups, fail_closed=fail_closed))


def RecentLogin(max_age: int) -> Any:  # noqa: ANN401, N802 - as RequireScopes
    """Ask for a sign-in at most ``max_age`` seconds ago."""
    return Security(_Recent(max_age))


CurrentPrincipal = Annotated[Principal, Security(Bearer())]
OptionalPrincipal = Annotated[Principal | None, Security(_Optional())]
FreshPrincipal = Annotated[Principal, Security(_Fresh())]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for operation in path.values() if "responses" in operation)


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TokenError)  # noqa: S101 - Starlette's signature is wider than its call
    logger.info("token refused: %s: %s", type(error).__name__, error)
    headers = {"WWW-Authenticate": error.www_authenticate} if error.www_authenticate else {"Retry-After": "2"}
    return JSONResponse(_problem(error.status), error.status, headers, media_type="application/problem+json")
