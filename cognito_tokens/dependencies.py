"""FastAPI dependencies that verify the bearer token and check scopes, groups or the age of the sign-in.

A route needs one dependency, which has no sub-dependencies. The token is read from the Authorization header only
(RFC 6750, section 2.1; section 2.3 advises against the query string). OpenAPI shows the dependencies as the bearer
scheme, with the required scopes.
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
    """Return a problem (RFC 9457) of type about:blank, which is described by its status alone."""
    return {"type": "about:blank", "title": _TITLES[status], "status": status}


def _refusal(description: str, status: int) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"example": _problem(status)}}}


_REFUSALS = {
    "401": _refusal("The bearer token is missing or invalid (RFC 6750).", 401),
    "403": _refusal("The token lacks a required scope, or the user is not in a required group.", 403),
    "503": _refusal("The token cannot be verified at the moment; try again later.", 503),
}
_POLICY_VIOLATION = 1008
_TRY_AGAIN_LATER = 1013
AskCognito = Callable[[str], Awaitable[object]]


@dataclass(frozen=True)
class Guard:
    """Verification settings of an application; ``ask_cognito`` raises ``TokenRefused`` if Cognito rejects a token."""

    verifier: TokenVerifier
    ask_cognito: AskCognito | None = None


def protect(app: FastAPI, verifier: TokenVerifier, ask_cognito: AskCognito | None = None) -> None:
    """Enable the dependencies of this module in ``app``.

    A ``TokenError`` becomes a 401, 403 or 503 response (RFC 9457), which the OpenAPI document lists for each protected
    route. A mounted application needs its own call.

    Args:
        app: The application to protect.
        verifier: The verifier of the bearer tokens.
        ask_cognito: Checks a token with Cognito for ``FreshPrincipal``, and raises ``TokenRefused`` if Cognito
            rejects it.
    """
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
    """Return the bearer token of the Authorization header, or ``None``; raise ``TokenRefused`` for a second header."""
    # Not connection.headers, which would be built on each request for this alone.
    values = [value for name, value in connection.scope["headers"] if name == b"authorization"]
    if not values:
        return None
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    if len(values) > 1:
        raise TokenRefused("a single Authorization header", len(values))
    return token.strip(" ")


async def verify(connection: HTTPConnection, *, fail_closed: bool | None = None) -> Principal:
    """Verify the connection's bearer token and return the principal; raise ``TokenError`` otherwise."""
    token = bearer_token(connection)
    if token is None:
        raise TokenMissing
    guard: Guard = connection.app.state.token_guard
    return await guard.verifier.verify(token, fail_closed=fail_closed)


class Bearer(SecurityBase):
    """Dependency that verifies the bearer token and returns the principal; subclasses add requirements."""

    def __init__(self) -> None:
        """Describe the scheme for OpenAPI."""
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token of the user pool.")
        self.scheme_name = "bearer"

    async def __call__(self, connection: HTTPConnection) -> Principal:
        """Return the principal; raise ``TokenError``, or ``WebSocketException`` for a WebSocket."""
        try:
            return await self._authenticate(connection)
        except TokenError as error:
            if connection.scope["type"] == "websocket":
                code = _TRY_AGAIN_LATER if isinstance(error, TokenUndecided) else _POLICY_VIOLATION
                raise WebSocketException(code) from error
            raise

    async def _authenticate(self, connection: HTTPConnection) -> Principal:
        return await verify(connection)


class _Optional(Bearer):
    """The principal, or ``None`` if the request has no bearer token; an invalid token is still refused."""

    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - a principal or None
        return await verify(connection) if bearer_token(connection) is not None else None


class _Scopes(Bearer):
    """Requires all of the given scopes (RFC 6749, section 3.3)."""

    def __init__(self, *scopes: str) -> None:
        """Require ``scopes``."""
        super().__init__()
        self.scopes = frozenset(scopes)

    async def _authenticate(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection)
        if not self.scopes <= principal.scopes:
            raise InsufficientScope(self.scopes)
        return principal


class _Groups(Bearer):
    """Requires one of the given groups; with ``fail_closed``, also a revocation store that is reachable."""

    def __init__(self, *groups: str, fail_closed: bool | None = True) -> None:
        """Require one of ``groups``."""
        super().__init__()
        self.groups = frozenset(groups)
        self.fail_closed = fail_closed

    async def _authenticate(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection, fail_closed=self.fail_closed)
        if self.groups.isdisjoint(principal.groups):
            raise InsufficientGroup
        return principal


class _Recent(Bearer):
    """Requires a sign-in at most ``max_age`` seconds ago (RFC 9470)."""

    def __init__(self, max_age: int) -> None:
        """Require a sign-in at most ``max_age`` seconds ago."""
        super().__init__()
        self.max_age = max_age

    async def _authenticate(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection)
        if time() - principal.auth_time > self.max_age:
            raise LoginTooOld(self.max_age)
        return principal


class _Fresh(Bearer):
    """Checks the token with Cognito on each request (GetUser): slow, but sees at once every session that has ended."""

    async def _authenticate(self, connection: HTTPConnection) -> Principal:
        principal = await verify(connection, fail_closed=True)
        guard: Guard = connection.app.state.token_guard
        if guard.ask_cognito is None:
            message = "FreshPrincipal requires ask_cognito: protect(app, verifier, ask_cognito)"
            raise RuntimeError(message)
        await guard.ask_cognito(bearer_token(connection) or "")
        return principal


def RequireScopes(*scopes: str) -> Any:  # noqa: ANN401, N802 - used like FastAPI's Security
    """Require all of these scopes.

    Example: ``Annotated[Principal, RequireScopes("orders/read")]``.
    """
    return Security(_Scopes(*scopes), scopes=list(scopes))


def RequireGroups(*groups: str, fail_closed: bool | None = True) -> Any:  # noqa: ANN401, N802 - as RequireScopes
    """Require membership in one of these groups.

    Example: ``Annotated[Principal, RequireGroups("admins")]``.

    Args:
        *groups: Names in the claim ``cognito:groups``.
        fail_closed: Whether to respond with 503 while the revocation store is unreachable; ``None`` leaves that to the
            ``Revocations`` of the verifier.
    """
    return Security(_Groups(*groups, fail_closed=fail_closed))


def RecentLogin(max_age: int) -> Any:  # noqa: ANN401, N802 - as RequireScopes
    """Require a sign-in at most ``max_age`` seconds ago.

    Example: ``Annotated[Principal, RecentLogin(300)]``.
    """
    return Security(_Recent(max_age))


CurrentPrincipal = Annotated[Principal, Security(Bearer())]
OptionalPrincipal = Annotated[Principal | None, Security(_Optional())]
FreshPrincipal = Annotated[Principal, Security(_Fresh())]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for operation in path.values() if "responses" in operation)


async def _refuse(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TokenError)  # noqa: S101 - Starlette's signature is wider than what it passes
    logger.info("token refused: %s: %s", type(error).__name__, error)
    headers = {"WWW-Authenticate": error.www_authenticate} if error.www_authenticate else {"Retry-After": "2"}
    return JSONResponse(_problem(error.status), error.status, headers, media_type="application/problem+json")
