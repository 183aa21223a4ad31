"""The start of a process: from settings to runtime. Imported when a server starts the application.

What is only needed then (limits, pydantic-settings, TLS) is imported here only.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from api.cognito.client import CognitoClient
from api.cognito.gateway import CognitoGateway
from api.counters import Counters
from api.health.readiness import Readiness
from api.http_client import HttpClient
from api.rate_limits import RateLimits
from api.runtime import Runtime
from api.settings import Settings
from api.users.service import UserService


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` when the settings do not make one."""
    secret = settings.stack_outputs.cognito_user_pool_client_secret.get_secret_value()
    counters = Counters(settings.rate_limit_storage.get_secret_value(), secret)
    endpoint = settings.endpoint
    pool, keys = HttpClient(endpoint), HttpClient(settings.jwks_url)
    async with aclosing(counters), aclosing(pool), aclosing(keys):
        gateway = CognitoGateway(
            CognitoClient(pool, settings.upstream_deadline, settings.upstream_concurrency),
            settings.stack_outputs.cognito_user_pool_client_id,
            secret,
            sends_user_context=settings.stack_outputs.cognito_propagate_user_context,
        )
        yield Runtime(
            gateway=gateway,
            users=UserService(
                gateway,
                settings.stack_outputs.cognito_password_policy,
                counters,
                concealment_seconds=settings.concealment_seconds,
                password_always=settings.verify_requires_password,
            ),
            rate_limits=RateLimits(counters, enabled=settings.rate_limits == "on"),
            readiness=Readiness(keys),
            trusted_proxies=settings.trusted_proxies,
        )
