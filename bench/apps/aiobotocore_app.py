"""Peer: POST /login with aiobotocore, an asynchronous botocore."""
# pyright: basic
# aiobotocore is installed in a separate environment and has no types.

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiobotocore.config import AioConfig  # pyright: ignore[reportMissingImports]
from aiobotocore.session import get_session  # pyright: ignore[reportMissingImports]
from fastapi import FastAPI, Request

from bench.apps.models import LoginRequest, TokenResponse, request_of, response_of


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open one client with enough connections for all callers."""
    async with get_session().create_client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - a placeholder; it is not checked
        config=AioConfig(max_pool_connections=1000),
    ) as client:
        app.state.client = client
        yield


app = FastAPI(openapi_url=None, lifespan=lifespan)


@app.post("/login")
async def login(body: LoginRequest, request: Request) -> TokenResponse:
    """Sign in with InitiateAuth."""
    return response_of(await request.app.state.client.initiate_auth(**request_of(body)))
