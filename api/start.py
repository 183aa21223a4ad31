"""The start of a process: from settings to runtime. Imported when a server starts the application.

What is only needed then (limits, pydantic-settings, TLS) is imported here only.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from api.auth.service import SessionService
from api.cognito.client import CognitoClient
from api.cognito.gateway import CognitoGateway
from api.concealment import Concealment
from api.counters import Counters
from api.credentials.service import PasswordService
from api.health.readiness import Readiness
from api.http_client import HttpClient
from api.rate_limits import RateLimits
from api.revocation_store import open_store
from api.runtime import Runtime
from api.settings import Settings
from api.tokens.dependencies import Guard
from api.tokens.jwks import Jwks
from api.tokens.revocations import Revocations
from api.tokens.verifier import TokenVerifier, UserPool
from api.users.service import UserService


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` when the settings do not make one."""
    secret = settings.stack_outputs.cognito_user_pool_client_secret.get_secret_value()
    counters = Counters(settings.rate_limit_storage.get_secret_value(), secret)
    endpoint = settings.endpoint
    pool, keys = HttpClient(endpoint), HttpClient(settings.jwks_url)
    store = open_store(settings.revocation_store.get_secret_value(), settings.stack_outputs.aws_region)
    revocations = Revocations(store, fail_closed=settings.revocation_failure == "closed")
    async with aclosing(counters), aclosing(pool), aclosing(keys), revocations.following():
        client_ids = frozenset({settings.stack_outputs.cognito_user_pool_client_id})
        verifier = TokenVerifier([UserPool(settings.issuer, client_ids, Jwks(keys))], revocations=revocations)
        gateway = CognitoGateway(
            CognitoClient(pool, settings.upstream_deadline, settings.upstream_concurrency),
            settings.stack_outputs.cognito_user_pool_client_id,
            secret,
            sends_user_context=settings.stack_outputs.cognito_propagate_user_context,
        )
        concealment = Concealment(settings.concealment_seconds)
        policy = settings.stack_outputs.cognito_password_policy
        sessions = SessionService(gateway, revocations, verifier)
        yield Runtime(
            gateway=gateway,
            users=UserService(
                gateway,
                policy,
                counters,
                concealment=concealment,
                password_always=settings.verify_requires_password,
            ),
            rate_limits=RateLimits(counters, enabled=settings.rate_limits == "on"),
            readiness=Readiness(keys),
            sessions=sessions,
            passwords=PasswordService(gateway, policy, sessions, concealment),
            token_guard=Guard(verifier, sessions.ask_cognito),
            trusted_proxies=settings.trusted_proxies,
        )
