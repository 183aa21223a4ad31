"""What routes take by type: ``Annotated`` aliases, and the one-line functions behind them."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.cognito.gateway import CognitoGateway
from api.errors import InvalidToken
from api.health.readiness import Readiness
from api.passwords import PasswordPolicy
from api.runtime import runtime_of
from api.schemas import BEARER_TOKEN

_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token from POST /login.")


async def _gateway(request: Request) -> CognitoGateway:
    return runtime_of(request).gateway


async def _password_policy(request: Request) -> PasswordPolicy:
    return runtime_of(request).password_policy


async def _readiness(request: Request) -> Readiness:
    return runtime_of(request).readiness


async def _bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]) -> str | None:
    if credentials and not BEARER_TOKEN.fullmatch(credentials.credentials):
        raise InvalidToken
    return credentials.credentials if credentials else None


Gateway = Annotated[CognitoGateway, Depends(_gateway)]
PoolPasswordPolicy = Annotated[PasswordPolicy, Depends(_password_policy)]
ServiceReadiness = Annotated[Readiness, Depends(_readiness)]
BearerToken = Annotated[str | None, Depends(_bearer_token)]
