"""Startup of a process: builds the runtime from the settings. Imported when a server starts the application.

Modules that are needed only from then on (limits, pydantic-settings, TLS) are imported only here.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.abuse_protection.limiter_storage import RateLimitCounters
from api.abuse_protection.rate_limits import RateLimits
from api.abuse_protection.uniform_timing import UniformTiming
from api.account.profile_service import ProfileService
from api.cognito.account_gateway import AccountGateway
from api.cognito.calls import PoolClient
from api.cognito.challenge_gateway import ChallengeGateway
from api.cognito.client_secret import ClientSecret, reader
from api.cognito.public_gateway import CognitoGateway
from api.cognito.transport import CognitoClient
from api.config.settings import Settings
from api.errors import ConfigurationError
from api.health.readiness import Readiness
from api.kit.sealing import Sealer
from api.passwords.service import PasswordService
from api.sessions.cookies import Cookies
from api.sessions.service import SessionService
from api.sign_in.service import Branding, SignInService
from api.sign_up.service import SignUpService
from api.startup.runtime import Runtime
from api.state.marks import open_marks
from api.state.revocation_store import open_store
from api.state.sign_ups import SignUps
from api.telemetry.audit import Audit, open_sink
from cognito_tokens.dependencies import Guard
from cognito_tokens.http_client import HttpClient
from cognito_tokens.jwks import Jwks
from cognito_tokens.revocations import Revocations
from cognito_tokens.verifier import TokenVerifier, UserPool

if TYPE_CHECKING:
    from api.admin.service import AdminService
    from api.cognito.admin_gateway import AdminGateway
    from api.hosted_pages.oauth import OAuthClient
    from api.telemetry.metrics import Metrics

# A Cognito session has at most 2048 characters, a user name or an address 128.
_SEALED_SIZE = 3072
_FORGETFUL = (
    "VERIFY_REQUIRES_PASSWORD=true needs RATE_LIMIT_STORAGE=redis://host:6379 (or rediss://): with memory://, sign-ups "
    "from before a restart or from another process could never be verified."
)


@dataclass(frozen=True)
class Gateways:
    """Cognito's operations, grouped by the authorization that they need."""

    public: CognitoGateway
    challenges: ChallengeGateway
    account: AccountGateway


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` for invalid settings."""
    stack = settings.stack_outputs
    secret = open_secret(settings)
    storage = settings.rate_limit_storage.get_secret_value()
    counters = RateLimitCounters(storage, settings.sealing_secrets[0])
    if settings.verify_requires_password and storage == "memory://":
        raise ConfigurationError(_FORGETFUL)
    marks = open_marks(storage, stack.cognito_user_pool_id)
    sign_ups = SignUps(marks, settings.sealing_secrets)
    uniform_timing = UniformTiming(settings.concealment_seconds)
    endpoint = settings.endpoint
    pool, keys = HttpClient(endpoint), HttpClient(settings.jwks_url)
    session_seconds = stack.cognito_refresh_token_validity_days * 24 * 60 * 60
    store = open_store(settings.revocation_store.get_secret_value(), stack.aws_region, session_seconds)
    revocations = Revocations(
        store, fail_closed=settings.revocation_failure == "closed", session_seconds=session_seconds
    )
    async with (
        aclosing(counters),
        aclosing(marks),
        aclosing(pool),
        aclosing(keys),
        aclosing(uniform_timing),
        revocations.following(),
        secret.following(settings.client_secret_read_seconds),
        _administrator(settings, secret) as administrator,
        _oauth_client(settings, Jwks(keys), secret) as oauth,
    ):
        client_ids = frozenset({stack.cognito_user_pool_client_id})
        verifier = TokenVerifier([UserPool(settings.issuer, client_ids, Jwks(keys))], revocations=revocations)
        gateways = _gateways(settings, pool, secret)
        sessions = SessionService(gateways.public, gateways.account, revocations, verifier)
        yield Runtime(
            account_gateway=gateways.account,
            profile_service=ProfileService(
                gateways.account, sessions, frozenset(settings.profile_attributes), uniform_timing, settings.app_name
            ),
            sign_up=_sign_up_service(settings, gateways, sign_ups, uniform_timing),
            sign_in=_sign_in_service(settings, gateways, counters, sign_ups, uniform_timing),
            rate_limits=RateLimits(counters, enabled=settings.rate_limits),
            readiness=Readiness(keys),
            sessions=sessions,
            passwords=PasswordService(
                gateways.public,
                gateways.challenges,
                stack.cognito_password_policy,
                sessions,
                uniform_timing,
                administrator,
            ),
            token_guard=Guard(verifier, sessions.ask_cognito),
            trusted_proxies=settings.trusted_proxies,
            administration=_administration(administrator, sessions),
            admin_group=settings.admin_group,
            cookies=Cookies(settings.sealing_secrets) if settings.cookie_sessions else None,
            cors_origins=frozenset(settings.cors_origins),
            oauth=oauth,
            change_password_url=settings.change_password_url,
            metrics=_metrics(settings),
            audit=Audit(settings.sealing_secrets[0], open_sink(settings.audit_sink)),
        )


def open_secret(settings: Settings) -> ClientSecret:
    """Return the client secret, read from AWS if stored there; raise ``ConfigurationError`` when that fails."""
    stack = settings.stack_outputs
    if stack.cognito_user_pool_client_secret is not None:
        return ClientSecret(stack.cognito_user_pool_client_secret.get_secret_value())
    read = reader(stack.cognito_user_pool_client_secret_arn or "")
    return ClientSecret(read(), read)


@asynccontextmanager
async def _administrator(settings: Settings, secret: ClientSecret) -> "AsyncGenerator[AdminGateway | None]":
    """Open the gateway for administration (ADMIN_GROUP): operations signed with AWS credentials."""
    if settings.admin_group is None:
        yield None
        return
    from api.cognito.admin_gateway import AdminGateway  # noqa: PLC0415 - loaded only when enabled
    from api.cognito.signed_transport import SignedClient  # noqa: PLC0415 - as above

    stack = settings.stack_outputs
    async with aclosing(SignedClient(settings.endpoint, settings.region, settings.upstream_deadline)) as signed:
        client = PoolClient(signed, stack.cognito_user_pool_client_id, secret)
        yield AdminGateway(client, stack.cognito_user_pool_id)


def _administration(administrator: "AdminGateway | None", sessions: SessionService) -> "AdminService | None":
    if administrator is None:
        return None
    from api.admin.service import AdminService  # noqa: PLC0415 - as above

    return AdminService(administrator, sessions)


def _metrics(settings: Settings) -> "Metrics | None":
    if not settings.metrics:
        return None
    from api.telemetry.metrics import Metrics  # noqa: PLC0415 - as above

    return Metrics()


@asynccontextmanager
async def _oauth_client(settings: Settings, jwks: Jwks, secret: ClientSecret) -> "AsyncGenerator[OAuthClient | None]":
    if settings.oauth is None:
        yield None
        return
    from api.hosted_pages.oauth import OAuthClient  # noqa: PLC0415 - as above

    stack = settings.stack_outputs
    pool = UserPool(settings.issuer, frozenset({stack.cognito_user_pool_client_id}), jwks)
    async with aclosing(HttpClient(settings.oauth.domain)) as http:
        yield OAuthClient(
            settings.oauth.domain,
            stack.cognito_user_pool_client_id,
            secret,
            settings.oauth.callback_url,
            settings.oauth.logout_url,
            settings.oauth_scopes,
            http,
            TokenVerifier([pool], token_use="id"),  # noqa: S106 - a claim
            Sealer(settings.sealing_secrets, "oauth", OAuthClient.FLOW_SECONDS),
        )


def _gateways(settings: Settings, pool: HttpClient, secret: ClientSecret) -> Gateways:
    stack = settings.stack_outputs
    client = PoolClient(
        CognitoClient(pool, settings.upstream_deadline, settings.upstream_concurrency),
        stack.cognito_user_pool_client_id,
        secret,
        sends_user_context=stack.cognito_propagate_user_context,
    )
    return Gateways(CognitoGateway(client), ChallengeGateway(client), AccountGateway(client))


def _sign_up_service(
    settings: Settings, gateways: Gateways, sign_ups: SignUps, uniform_timing: UniformTiming
) -> SignUpService:
    return SignUpService(
        gateways.public,
        settings.stack_outputs.cognito_password_policy,
        sign_ups,
        # Cognito's session of a sign-up is valid for as long as that of a challenge.
        Sealer(settings.sealing_secrets, "sign-up", 60 * settings.auth_session_validity, _SEALED_SIZE),
        uniform_timing=uniform_timing,
        password_always=settings.verify_requires_password,
        passwordless=settings.passwordless,
    )


def _sign_in_service(
    settings: Settings,
    gateways: Gateways,
    counters: RateLimitCounters,
    sign_ups: SignUps,
    uniform_timing: UniformTiming,
) -> SignInService:
    return SignInService(
        gateways.challenges,
        Sealer(settings.sealing_secrets, "challenge", 60 * settings.auth_session_validity, _SEALED_SIZE),
        counters,
        sign_ups,
        settings.stack_outputs.cognito_password_policy,
        uniform_timing=uniform_timing,
        passwordless=settings.passwordless,
        branding=Branding(settings.app_name, settings.passkey_relying_party, settings.passkey_user_verification),
        secret=settings.sealing_secrets[0],
    )
