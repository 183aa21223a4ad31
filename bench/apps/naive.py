"""As tutorials do it: boto3 in FastAPI's threads."""

import base64
import hashlib
import hmac
import os

import boto3

from bench.apps.models import LoginRequest, TokenResponse, new_app

app = new_app()
cognito = boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of one service are installed
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    aws_access_key_id="test",
    aws_secret_access_key="test",  # noqa: S106 - nobody checks it
)


@app.post("/login")
def login(body: LoginRequest) -> TokenResponse:
    """Sign in by InitiateAuth."""
    mac = hmac.new(b"secret", f"{body.email}clientid".encode(), hashlib.sha256)
    answer = cognito.initiate_auth(
        ClientId="clientid",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={
            "USERNAME": body.email,
            "PASSWORD": body.password.get_secret_value(),
            "SECRET_HASH": base64.b64encode(mac.digest()).decode(),
        },
    )
    tokens = answer["AuthenticationResult"]
    return TokenResponse(
        access_token=tokens.get("AccessToken", ""),
        id_token=tokens.get("IdToken", ""),
        refresh_token=tokens.get("RefreshToken", ""),
        expires_in=tokens.get("ExpiresIn", 0),
    )
