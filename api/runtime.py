"""What one running process holds: made once at start-up from the settings, closed at the end."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.cognito.client import CognitoClient, open_session
from api.cognito.gateway import CognitoGateway
from api.health.readiness import Readiness
from api.passwords import PasswordPolicy
from api.settings import Settings


@dataclass(frozen=True)
class Runtime:
    """The objects that requests share."""

    gateway: CognitoGateway
    password_policy: PasswordPolicy
    readiness: Readiness


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` when the settings do not make one."""
    stack = settings.stack_outputs
    endpoint, jwks_url = settings.endpoint, settings.jwks_url
    async with open_session() as session:
        client = CognitoClient(session, endpoint, settings.upstream_deadline, settings.upstream_concurrency)
        secret = stack.cognito_user_pool_client_secret.get_secret_value()
        yield Runtime(
            gateway=CognitoGateway(client, stack.cognito_user_pool_client_id, secret),
            password_policy=stack.cognito_password_policy,
            readiness=Readiness(session, jwks_url),
        )


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the application that handles ``request``."""
    return request.app.state.runtime
