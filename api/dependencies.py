"""What routes take by type: ``Annotated`` aliases, and the dependencies behind them."""

from time import time
from typing import Annotated, Any

from fastapi import Security
from starlette.requests import HTTPConnection

from api.caller import OWN_ACCOUNT, Caller
from api.logging import note
from api.tokens.dependencies import Bearer, bearer_token, verify
from api.tokens.errors import LoginTooOld, ScopeInsufficient

# As long as an access token lives: who has just logged in is not asked again.
_RECENT_SECONDS = 3600


def require_recent(caller: Caller) -> None:
    """Raise ``LoginTooOld`` when the sign-in was more than an hour ago (RFC 9470)."""
    if time() - caller.principal.auth_time > _RECENT_SECONDS:
        raise LoginTooOld(_RECENT_SECONDS)


class _Caller(Bearer):
    async def _admit(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - more than a principal
        principal = await verify(connection)
        note(sub=principal.sub)
        if OWN_ACCOUNT not in principal.scopes:
            raise ScopeInsufficient(frozenset({OWN_ACCOUNT}))
        return Caller(principal, bearer_token(connection) or "")


class _RecentCaller(_Caller):
    async def _admit(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - as above
        caller = await super()._admit(connection)
        require_recent(caller)
        return caller


class _BearerToken(Bearer):
    async def _admit(self, connection: HTTPConnection) -> Any:  # noqa: ANN401 - the token alone
        return bearer_token(connection)


BearerToken = Annotated[str | None, Security(_BearerToken())]
CurrentCaller = Annotated[Caller, Security(_Caller())]
# For what a thief of a token would do first: change the address, the factors, or delete the account.
RecentCaller = Annotated[Caller, Security(_RecentCaller())]
