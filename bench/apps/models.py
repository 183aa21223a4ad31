"""Request and response models of all peers: those of the API."""

import base64
import hashlib
import hmac
from typing import Any, Literal, TypedDict

from fastapi import FastAPI

from api.sessions.schemas import SessionResponse, TokenResponse
from api.sign_in.schemas import LoginRequest
from api.web.fields import revealed

__all__ = ["LoginRequest", "SessionResponse", "TokenResponse", "new_app", "request_of", "response_of"]


class InitiateAuth(TypedDict):
    """The arguments of botocore's ``initiate_auth``."""

    ClientId: str
    AuthFlow: Literal["USER_PASSWORD_AUTH"]
    AuthParameters: dict[str, str]


def request_of(body: LoginRequest) -> InitiateAuth:
    """Return the InitiateAuth arguments for a peer built on botocore."""
    mac = hmac.new(b"secret", f"{body.email}clientid".encode(), hashlib.sha256)
    return {
        "ClientId": "clientid",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {
            "USERNAME": body.email,
            "PASSWORD": revealed(body.password) or "",
            "SECRET_HASH": base64.b64encode(mac.digest()).decode(),
        },
    }


def response_of(answer: Any) -> TokenResponse:  # noqa: ANN401 - botocore's dictionary
    """Return the response of a peer built on botocore."""
    tokens = answer["AuthenticationResult"]
    return TokenResponse(
        access_token=tokens["AccessToken"],
        id_token=tokens["IdToken"],
        refresh_token=tokens["RefreshToken"],
        expires_in=tokens["ExpiresIn"],
    )


def new_app() -> FastAPI:
    """Return an application without documentation."""
    return FastAPI(openapi_url=None)
