"""Baseline: the constant response, after one call to the upstream. A sign-in cannot cost less."""

import os

from api.cognito import wire
from bench.apps.models import LoginRequest, TokenResponse, new_app
from cognito_tokens.http_client import HttpClient

app = new_app()
_TOKEN = "x" * 1000
_http = HttpClient(os.environ["AWS_ENDPOINT_URL"])
_HEAD = wire.head(_http, "InitiateAuth")
_BODY = wire.encode({"ClientId": "clientid", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": "x" * 200})


@app.post("/login")
async def login(body: LoginRequest) -> TokenResponse:
    """Call, and return placeholder tokens."""
    del body
    await _http.exchange(_HEAD, _BODY)
    return TokenResponse(access_token=_TOKEN, id_token=_TOKEN, refresh_token=_TOKEN, expires_in=3600)
