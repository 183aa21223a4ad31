"""Peer: POST /login with boto3 in FastAPI's thread pool, as tutorials show it."""

import os

import boto3

from bench.apps.models import LoginRequest, TokenResponse, new_app, request_of, response_of

app = new_app()
cognito = boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of one service are installed
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    aws_access_key_id="test",
    aws_secret_access_key="test",  # noqa: S106 - a placeholder; it is not checked
)


@app.post("/login")
def login(body: LoginRequest) -> TokenResponse:
    """Sign in with InitiateAuth."""
    return response_of(cognito.initiate_auth(**request_of(body)))
