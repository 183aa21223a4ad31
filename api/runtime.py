"""What one running process holds: made once at start-up from the settings, closed at the end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.client_ip import Networks, client_ip
from api.cognito.client import CognitoClient, open_session
from api.cognito.gateway import CognitoGateway, UserContext
from api.counters import Counters
from api.health.readiness import Readiness
from api.rate_limits import Category, RateLimits
from api.settings import Settings
from api.users.service import UserService


@dataclass(frozen=True)
class Runtime:
    """The objects that requests share."""

    gateway: CognitoGateway
    users: UserService
    rate_limits: RateLimits
    readiness: Readiness
    trusted_proxies: Networks

    async def admit(self, request: Request, category: Category, email: str) -> UserContext:
        """Count the attempt and return who makes it; raise ``TooFast`` when it is one too many."""
        address = client_ip(request, self.trusted_proxies)
        await self.rate_limits.check(category, email, address)
        return UserContext(address)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` when the settings do not make one."""
    secret = settings.stack_outputs.cognito_user_pool_client_secret.get_secret_value()
    counters = Counters(settings.rate_limit_storage, secret)
    endpoint = settings.endpoint
    async with aclosing(counters), open_session() as session:
        gateway = CognitoGateway(
            CognitoClient(session, endpoint, settings.upstream_deadline, settings.upstream_concurrency),
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
            readiness=Readiness(session, settings.jwks_url),
            trusted_proxies=settings.trusted_proxies,
        )


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the application that handles ``request``."""
    return request.app.state.runtime
