"""botocore made asynchronous: aiobotocore."""
# pyright: basic
# aiobotocore lives in an environment of its own, and has no types.

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiobotocore.config import AioConfig  # pyright: ignore[reportMissingImports]
from aiobotocore.session import get_session  # pyright: ignore[reportMissingImports]
from fastapi import FastAPI, Request

from bench.apps.models import LoginRequest, TokenResponse, request_of, response_of


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open one client with as many connections as there are callers."""
    async with get_session().create_client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - nobody checks it
        config=AioConfig(max_pool_connections=1000),
    ) as client:
        app.state.client = client
        yield


app = FastAPI(openapi_url=None, lifespan=lifespan)


@app.post("/login")
async def login(body: LoginRequest, request: Request) -> TokenResponse:
    """Sign in by InitiateAuth."""
    return response_of(await request.app.state.client.initiate_auth(**request_of(body)))
