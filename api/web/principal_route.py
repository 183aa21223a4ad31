"""Fast path for routes that need only the caller's token."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from cognito_tokens import Principal
from cognito_tokens.dependencies import verify


class PrincipalRoute(APIRoute):
    """A route with an endpoint that takes only the principal and returns a model.

    FastAPI's request handling (exit stacks, dependency resolution, response validation) costs more than verifying a
    cached token. OpenAPI lists the route like any other, and errors reach the usual exception handlers.
    """

    def __init__(self, path: str, endpoint: Callable[[Principal], Awaitable[BaseModel]], **options: Any) -> None:  # noqa: ANN401 - FastAPI's signature
        """Register the route with FastAPI, and replace its ASGI app."""
        super().__init__(path, endpoint, **options)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            model = await endpoint(await verify(Request(scope)))
            await Response(model.model_dump_json(), media_type="application/json")(scope, receive, send)

        self.app = answer
