"""Route dependencies: ``Annotated`` aliases and their implementations."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Security
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Route

from api.telemetry.request_context import note
from api.web.caller import OWN_ACCOUNT, Caller
from cognito_tokens import Principal
from cognito_tokens.dependencies import Bearer, bearer_token, verify
from cognito_tokens.errors import InsufficientScope, LoginTooOld

# The lifetime of an access token: after a login, no second login is required while that token is valid.
_RECENT_SECONDS = 3600


def require_recent(connection: HTTPConnection, principal: Principal) -> None:
    """Raise ``LoginTooOld`` when the sign-in was more than an hour ago by Cognito's clock (RFC 9470)."""
    if connection.app.state.now() - principal.auth_time > _RECENT_SECONDS:
        raise LoginTooOld(_RECENT_SECONDS)


class _Caller(Bearer):
    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - a Caller
        principal = await verify(connection)
        note(sub=principal.sub)
        if OWN_ACCOUNT not in principal.scopes:
            raise InsufficientScope(frozenset({OWN_ACCOUNT}))
        return Caller(principal, bearer_token(connection) or "")


class _RecentCaller(_Caller):
    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - as above
        caller = await super()._authenticate(connection)
        require_recent(connection, caller.principal)
        return caller


class _BearerToken(Bearer):
    async def _authenticate(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - only the token
        return bearer_token(connection)


BearerToken = Annotated[str | None, Security(_BearerToken())]
CurrentCaller = Annotated[Caller, Security(_Caller())]
# For the most harmful uses of a stolen token: changing the address or the factors, deleting the account.
RecentCaller = Annotated[Caller, Security(_RecentCaller())]


def anonymous_paths(routes: Iterable[BaseRoute]) -> frozenset[str]:
    """Return the paths of ``routes`` that take no access token."""
    found = [route for route in routes if isinstance(route, Route)]
    return frozenset(route.path for route in found) - {route.path for route in found if _takes_token(route)}


def _takes_token(route: Route) -> bool:
    # Other routes than FastAPI's are the documentation's.
    return isinstance(route, APIRoute) and any(isinstance(row.call, Bearer) for row in route.dependant.dependencies)
