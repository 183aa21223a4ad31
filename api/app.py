"""The application factory. It does no work: all is read and opened when the server starts the application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from api import garbage
from api.account.router import router as account_router
from api.auth.router import router as auth_router
from api.browser.middleware import browser_middleware
from api.browser.router import router as browser_router
from api.credentials.router import router as credentials_router
from api.errors import AdministrationNotEnabled, ConfigurationError
from api.factors.router import router as factors_router
from api.handlers import add_exception_handlers
from api.health.router import router as health_router
from api.logging import configure_logging
from api.middleware import ExchangeMiddleware
from api.problems import DEFAULT_BASE_URI, add_problem_schemas
from api.tokens.dependencies import verify
from api.users.router import router as users_router

if TYPE_CHECKING:
    from api.settings import Settings


_TAGS = {
    "sign-in": "Sign-in a step at a time, sessions, and their end.",
    "sign-up": "New accounts and the verification of their addresses.",
    "password": "Passwords recovered and changed.",
    "account": "The own profile.",
    "factors": "The own second factors, passkeys, devices and sessions.",
    "administration": "Users and groups, for members of ADMIN_GROUP.",
    "browser": "The hosted pages, and what browsers look for.",
    "health": "Whether this process lives, and can serve.",
}


class Api(FastAPI):
    """FastAPI with our problems in the OpenAPI document, and one message for a start that cannot be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._start_and_stop(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _start_and_stop(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette reports a failed start as a traceback; it is held back until it is known why it failed.
        held: list[Message] = []

        async def hold_failure(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                held.append(message)
            else:
                await send(message)

        try:
            await super().__call__(scope, receive, hold_failure)
        except ConfigurationError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        except BaseException:
            for message in held:
                await send(message)
            raise

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        if not self.openapi_schema:
            from api.admin.routes import administration  # noqa: PLC0415 - loaded where it is on
            from api.examples import add_examples  # noqa: PLC0415 - most processes are never asked for the document

            self.openapi_schema = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                # Administration is documented where it is off, too.
                routes=[*self.routes, *(route for route in administration() if route not in self.routes)],
                tags=self.openapi_tags,
            )
            add_problem_schemas(self.openapi_schema)
            add_examples(self.openapi_schema)
            _name_optional_bodies(self.openapi_schema)
        return self.openapi_schema


def _name_optional_bodies(openapi: dict[str, Any]) -> None:
    """Say by ``required`` alone that a body may be absent: null beside it makes generated clients stumble."""
    for path in openapi["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                rows = [row for row in content["schema"].get("anyOf", []) if row != {"type": "null"}]
                content["schema"] = rows[0] if len(rows) == 1 else content["schema"]


def administration_routes(*, enabled: bool) -> list[BaseRoute]:
    """Return the routes of /admin: a third of all, so they are loaded where they are on; elsewhere one that says so."""
    if enabled:
        from api.admin.routes import administration  # noqa: PLC0415 - see above

        return administration()

    async def refuse(request: Request) -> Response:
        await verify(request)
        raise AdministrationNotEnabled

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [Route("/admin/{path:path}", refuse, methods=methods, include_in_schema=False)]


def create_app(settings: "Settings | None" = None) -> FastAPI:
    """Return the application; without ``settings`` it reads the environment when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # Half of what the process imports is needed only now: `import api.main` stays light.
        from api.start import Settings, open_runtime  # noqa: PLC0415 - see above

        current = settings or Settings.load()
        configure_logging(current.log_level)
        app.state.problem_base_uri = current.problem_base_uri
        async with open_runtime(current) as runtime:
            app.state.runtime = runtime
            app.state.token_guard = runtime.token_guard
            app.router.routes[:] = [*own_routes, *administration_routes(enabled=runtime.admin_group is not None)]
            # Only now it is known whether there are any, and the stack was made for this very call.
            app.user_middleware[1:] = browser_middleware(runtime)
            app.middleware_stack = app.build_middleware_stack()
            # Who brings the settings runs us in a process of their own, and its garbage is theirs.
            with nullcontext() if settings else garbage.quiet():
                yield

    app = Api(
        title="Sign-in",
        version="0.1.0",
        description="Sign-in for any product on Amazon Cognito. Errors are RFC 9457 problems.",
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        lifespan=lifespan,
        # A redirect would repeat the Host header that the client chose.
        redirect_slashes=False,
        # FastAPI's spans hold paths and queries, its records what was refused and why: addresses, codes, passwords.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.problem_base_uri = DEFAULT_BASE_URI
    app.add_middleware(ExchangeMiddleware)
    add_exception_handlers(app)
    routers = (
        auth_router,
        users_router,
        credentials_router,
        account_router,
        factors_router,
        health_router,
        browser_router,
    )
    # Not include_router: it wraps each router, which costs every request a second match. The documentation comes last.
    app.router.routes[:0] = [route for router in routers for route in router.routes]
    own_routes = list(app.router.routes)
    return app
