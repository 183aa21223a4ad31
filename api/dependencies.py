"""What routes take by type: ``Annotated`` aliases, and the one-line functions behind them."""

import re
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.cognito.gateway import CognitoGateway
from api.errors import InvalidToken
from api.health.readiness import Readiness
from api.passwords import PasswordPolicy
from api.runtime import runtime_of

# RFC 6750, section 2.1: b64token; longer than any token of Cognito is not one.
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token from POST /login.")


async def _gateway(request: Request) -> CognitoGateway:
    return runtime_of(request).gateway


async def _password_policy(request: Request) -> PasswordPolicy:
    return runtime_of(request).password_policy


async def _readiness(request: Request) -> Readiness:
    return runtime_of(request).readiness


async def _bearer_token(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]) -> str | None:
    if credentials and not _BEARER_TOKEN.fullmatch(credentials.credentials):
        raise InvalidToken
    return credentials.credentials if credentials else None


Gateway = Annotated[CognitoGateway, Depends(_gateway)]
PoolPasswordPolicy = Annotated[PasswordPolicy, Depends(_password_policy)]
ServiceReadiness = Annotated[Readiness, Depends(_readiness)]
BearerToken = Annotated[str | None, Depends(_bearer_token)]
