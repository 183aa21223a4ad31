"""The short way for a route that needs nothing but the caller's token."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from cognito_tokens import Principal
from cognito_tokens.dependencies import verify


class PrincipalRoute(APIRoute):
    """A route whose endpoint takes the principal alone and returns a model.

    FastAPI's general way (exit stacks, solving dependencies, validating what the endpoint returns) costs more than the
    verification of a token that is known. OpenAPI shows the route as any other, and refusals go the way of all errors.
    """

    def __init__(self, path: str, endpoint: Callable[[Principal], Awaitable[BaseModel]], **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        """Describe the route to FastAPI, and answer it here."""
        super().__init__(path, endpoint, **options)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            model = await endpoint(await verify(Request(scope)))
            await Response(model.model_dump_json(), media_type="application/json")(scope, receive, send)

        self.app = answer
