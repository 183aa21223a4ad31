"""What routes take by type: ``Annotated`` aliases, and the functions behind them."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import InvalidToken
from api.schemas import BEARER_TOKEN

_scheme = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="The access token from POST /login."
)


async def _bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]) -> str | None:
    if credentials and not BEARER_TOKEN.fullmatch(credentials.credentials):
        raise InvalidToken
    return credentials.credentials if credentials else None


BearerToken = Annotated[str | None, Depends(_bearer_token)]
