"""The application factory. It does no work: all is read and opened when the server starts the application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth.router import router as auth_router
from api.handlers import add_exception_handlers
from api.health.router import router as health_router
from api.logging import configure_logging
from api.middleware import ExchangeMiddleware, StartupMessageMiddleware
from api.problems import DEFAULT_BASE_URI, add_problem_schemas
from api.runtime import open_runtime
from api.settings import Settings
from api.users.router import router as users_router


class Api(FastAPI):
    """FastAPI with our problems in the OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        if not self.openapi_schema:
            self.openapi_schema = get_openapi(
                title=self.title, version=self.version, description=self.description, routes=self.routes
            )
            add_problem_schemas(self.openapi_schema)
        return self.openapi_schema


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; without ``settings`` it reads the environment when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        current = settings or Settings.load()
        configure_logging(current.log_level)
        app.state.problem_base_uri = current.problem_base_uri
        async with open_runtime(current) as runtime:
            app.state.runtime = runtime
            yield

    app = Api(
        title="Sign-in",
        version="0.1.0",
        description="Sign-up, verification, sign-in and sign-out on Amazon Cognito. Errors are RFC 9457 problems.",
        lifespan=lifespan,
    )
    app.state.problem_base_uri = DEFAULT_BASE_URI
    app.add_middleware(ExchangeMiddleware)
    app.add_middleware(StartupMessageMiddleware)
    add_exception_handlers(app)
    for router in (health_router, users_router, auth_router):
        app.include_router(router)
    return app
