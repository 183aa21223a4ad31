"""Application factory. Settings are read and connections opened when the server starts the application."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from api.account.devices_router import router as devices_router
from api.account.factors_router import router as factors_router
from api.account.profile_router import router as profile_router
from api.errors import AdministrationNotEnabled, ConfigurationError
from api.forward_auth.router import router as forward_auth_router
from api.health.router import router as health_router
from api.hosted_pages.router import router as hosted_pages_router
from api.passwords.router import router as passwords_router
from api.sessions.cookie_middleware import CookieMiddleware
from api.sessions.router import router as sessions_router
from api.sign_in.router import router as sign_in_router
from api.sign_up.router import router as sign_up_router
from api.startup.fast_start import add_routes, collection_reduced, complete
from api.telemetry.json_logs import configure_logging, flush_logs
from api.web.cors import cors
from api.web.dependencies import anonymous_paths
from api.web.documentation import documentation_routes
from api.web.exception_handlers import add_exception_handlers
from api.web.middleware import ErrorMiddleware, RequestMiddleware
from api.web.problems import DEFAULT_BASE_URI, add_problem_schemas
from cognito_tokens.dependencies import verify

if TYPE_CHECKING:
    from api.config.settings import Settings
    from api.startup.runtime import Runtime


_TAGS = {
    "sign-in": "Sign-in with its challenges, sessions and sign-out.",
    "sign-up": "Sign-up and verification of e-mail addresses.",
    "password": "Password recovery and change.",
    "account": "Your profile.",
    "factors": "Your second factors, passkeys, devices and sessions.",
    "administration": "Users and groups, for members of ADMIN_GROUP.",
    "browser": "Sign-in at the hosted pages, and well-known URLs for browsers.",
    "health": "Liveness and readiness of this process.",
}


class Api(FastAPI):
    """FastAPI with problem details in the OpenAPI document, and one message for an invalid configuration."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._start_and_stop(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _start_and_stop(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette reports a failed startup with a traceback; hold it back until the cause is known.
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
        """Return the OpenAPI document, which is generated once."""
        if not self.openapi_schema:
            from api.admin.routes import administration  # noqa: PLC0415 - loaded only when needed
            from api.web.openapi_examples import add_examples  # noqa: PLC0415 - most processes never return the document
            from api.web.openapi_generators import suit_generators  # noqa: PLC0415 - as above

            self.openapi_schema = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                # Administration is documented even when it is disabled.
                routes=[*self.routes, *(route for route in administration() if route not in self.routes)],
                tags=self.openapi_tags,
            )
            add_problem_schemas(self.openapi_schema)
            add_examples(self.openapi_schema)
            suit_generators(self.openapi_schema)
        return self.openapi_schema


def administration_routes(*, enabled: bool) -> list[BaseRoute]:
    """Return the /admin routes, a third of all and loaded only when enabled; else one that reports them disabled."""
    if enabled:
        from api.admin.routes import administration  # noqa: PLC0415 - see above

        return administration()

    async def refuse(request: Request) -> Response:
        await verify(request)
        raise AdministrationNotEnabled

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [Route("/admin/{path:path}", refuse, methods=methods, include_in_schema=False)]


def _page_routes(runtime: "Runtime") -> list[BaseRoute]:
    if runtime.pages is None:
        return []
    from api.pages.routes import page_routes  # noqa: PLC0415 - loaded only when enabled

    return page_routes(runtime.pages.files)


def _inner_middleware(runtime: "Runtime", routes: Sequence[BaseRoute]) -> list[Middleware]:
    """Return the middleware that the settings ask for, outermost first; what is off costs requests nothing."""
    found: list[Middleware] = []
    if runtime.cors_origins:
        allow_credentials = runtime.cookies is not None
        found.append(cors(runtime.cors_origins, runtime.client_metadata, allow_credentials=allow_credentials))
        found.append(Middleware(ErrorMiddleware))
    if runtime.cookies:
        found.append(
            Middleware(
                CookieMiddleware,
                cookies=runtime.cookies,
                sessions=runtime.sessions,
                audit=runtime.audit,
                origins=runtime.cors_origins,
                anonymous_paths=anonymous_paths(routes),
            )
        )
    return found


def _tracing(app: FastAPI, settings: "Settings") -> AbstractContextManager[None]:
    """Return the block in which requests are traced; raise ``ConfigurationError`` without the packages of it."""
    if not settings.tracing:
        return nullcontext()
    try:
        from api.telemetry.tracing import tracing  # noqa: PLC0415 - loaded only when enabled
    except ModuleNotFoundError as error:
        message = f"TRACING = on needs the package of {error.name}: install the extra `otel` (requirements/otel.txt)."
        raise ConfigurationError(message) from None
    return tracing(app)


def create_app(settings: "Settings | None" = None) -> FastAPI:
    """Return the application; without ``settings`` it reads the environment when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # Half of all imports are needed only from here on; `import api.main` stays light.
        from api.startup.composition import Settings, open_runtime  # noqa: PLC0415 - see above

        current = settings or Settings.load()
        configure_logging(current.log_level)
        app.state.problem_base_uri = current.problem_base_uri
        async with open_runtime(current) as runtime:
            runtime.attach(app)
            routes = [
                *own_routes,
                *documentation_routes(app.openapi, app.title, page=current.docs),
                *_page_routes(runtime),
                *administration_routes(enabled=runtime.admin_group is not None),
            ]
            complete(app, routes, _inner_middleware(runtime, routes))
            # Given settings mean that the caller owns the process, its garbage collector included.
            with _tracing(app, current), nullcontext() if settings else collection_reduced():
                yield
        flush_logs()

    app = Api(
        title="Sign-in",
        version="0.1.0",
        description="Sign-in for any product on Amazon Cognito. Errors are RFC 9457 problems.",
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        lifespan=lifespan,
        # See documentation_routes.
        openapi_url=None,
        # A redirect would repeat the Host header, which the client controls.
        redirect_slashes=False,
        # FastAPI's spans contain paths and queries, its logs the rejected values: addresses, codes, passwords. TRACING
        # turns the spans on, redacted (api.telemetry.tracing).
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.problem_base_uri = DEFAULT_BASE_URI
    app.add_middleware(RequestMiddleware)
    add_exception_handlers(app)
    add_routes(
        app,
        (
            sessions_router,
            sign_in_router,
            sign_up_router,
            passwords_router,
            profile_router,
            factors_router,
            devices_router,
            health_router,
            hosted_pages_router,
            forward_auth_router,
        ),
    )
    own_routes = list(app.router.routes)
    return app
