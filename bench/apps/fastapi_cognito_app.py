"""Peer: GET /session protected by fastapi-cognito, as its documentation shows it."""

import os
from typing import Annotated, Any

from fastapi import Depends
from fastapi_cognito import CognitoAuth, CognitoSettings, CognitoToken
from pydantic_settings import BaseSettings

from bench.apps.models import SessionResponse, new_app


class Settings(BaseSettings):
    """Settings that fastapi-cognito requires."""

    check_expiration: bool = True
    jwt_header_prefix: str = "Bearer"
    jwt_header_name: str = "Authorization"
    userpools: dict[str, dict[str, Any]] = {
        "eu": {
            "region": "us-east-1",
            "userpool_id": os.environ["COGNITO_USER_POOL_ID"],
            "app_client_id": os.environ["COGNITO_CLIENT_ID"],
            "jwks_url": os.environ["JWKS_FILE"],
        }
    }


app = new_app()
_auth = CognitoAuth(settings=CognitoSettings.from_global_settings(Settings()))


@app.get("/session")
async def session(token: Annotated[CognitoToken, Depends(_auth.auth_required)]) -> SessionResponse:
    """Return the session of the token."""
    return SessionResponse(
        sub=token.cognito_id,
        username=token.username,
        client_id=os.environ["COGNITO_CLIENT_ID"],
        scopes=["aws.cognito.signin.user.admin"],
        groups=[],
        auth_time=token.auth_time,
        expires_at=token.exp,
    )
