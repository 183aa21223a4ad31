"""Startup of a process: builds the runtime from the settings. Imported when a server starts the application.

Modules that are needed only from then on (limits, pydantic-settings, TLS) are imported only here.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.abuse_protection.counters import RateLimitCounters
from api.abuse_protection.limits import CATEGORIES, overridden
from api.abuse_protection.rate_limits import RateLimits
from api.abuse_protection.uniform_timing import UniformTiming
from api.account.profile_service import ProfileService
from api.cognito.account_gateway import AccountGateway
from api.cognito.calls import PoolClient
from api.cognito.challenge_gateway import ChallengeGateway
from api.cognito.client_secret import ClientSecret, reader
from api.cognito.clock import CognitoClock
from api.cognito.public_gateway import CognitoGateway
from api.cognito.transport import CognitoClient
from api.config.settings import Settings
from api.errors import ConfigurationError
from api.health.readiness import Readiness
from api.kit.sealing import Sealer
from api.password_rules.breached import BreachedPasswords
from api.password_rules.rules import PasswordRules
from api.passwords.service import PasswordService
from api.quarantine.quarantine import Quarantine
from api.sessions.cookies import Cookies
from api.sessions.service import SessionService
from api.sign_in.admission import Admission
from api.sign_in.service import Branding, SignInService
from api.sign_up.service import SignUpService
from api.sign_up.verification import VerificationService
from api.startup.certificates import require_certificates
from api.startup.runtime import Runtime
from api.startup.weak_settings import weak_settings
from api.state.addresses import Addresses
from api.state.opening import State, open_state
from api.telemetry.audit import Audit, open_sink
from api.telemetry.sources import Sources
from cognito_tokens.dependencies import Guard
from cognito_tokens.http_client import HttpClient
from cognito_tokens.jwks import Jwks
from cognito_tokens.revocations import Revocations
from cognito_tokens.verifier import TokenVerifier, UserPool

if TYPE_CHECKING:
    from api.admin.service import AdminService
    from api.cognito.admin_gateway import AdminGateway
    from api.hosted_pages.oauth import OAuthClient
    from api.notices.notices import Notices
    from api.pages.rendering import Pages
    from api.telemetry.metrics import Metrics

logger = logging.getLogger(__name__)

# A Cognito session has at most 2048 characters, a user name or an address 128.
_SEALED_SIZE = 3072
# What a store needs; a wrong one of these ends the start, while a server that is away may come back.
_NEEDS = {
    "sqlite": "The API must be able to create the file and write to it.",
    "dynamodb": "The table of STATE_TABLE must exist in this region, and the API may read and write it "
    "(`python -m api.iam`).",
}
_NEVER_MENDED = ("ResourceNotFoundException", "AccessDeniedException", "UnrecognizedClientException")


@dataclass(frozen=True)
class Gateways:
    """Cognito's operations, grouped by the authorization that they need."""

    public: CognitoGateway
    challenges: ChallengeGateway
    account: AccountGateway


_SIGN_IN_PAGE, _PASSWORD_PAGE = "/account/sign-in", "/account/password"


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime; raise ``ConfigurationError`` for invalid settings."""
    stack = settings.stack_outputs
    require_certificates(settings.endpoint)
    for sentence in weak_settings(settings):
        logger.warning(sentence)
    secret = open_secret(settings)
    counters = RateLimitCounters(settings.rate_limit_storage.get_secret_value(), settings.sealing_secrets[0])
    state = await _open_state(settings)
    await _require_usable_stores(settings)
    uniform_timing = UniformTiming(settings.concealment_seconds)
    clock = CognitoClock()
    pool, keys = HttpClient(settings.endpoint), HttpClient(settings.jwks_url)
    revocations = Revocations(
        state.revocations,
        fail_closed=settings.state_failure == "closed",
        session_seconds=settings.session_seconds,
    )
    async with (
        aclosing(counters),
        aclosing(state.addresses),
        aclosing(pool),
        aclosing(keys),
        aclosing(uniform_timing),
        revocations.following(),
        secret.following(settings.client_secret_read_seconds),
        _administrator(settings, secret) as administrator,
        _breached(settings) as breached,
        _notices(settings, state, uniform_timing) as notices,
    ):
        rules = PasswordRules(stack.cognito_password_policy, settings.app_name, breached)
        client_ids = frozenset({stack.cognito_user_pool_client_id})
        signing_keys = Jwks(keys)
        verifier = TokenVerifier(
            [UserPool(settings.issuer, client_ids, signing_keys)], revocations=revocations, now=clock.now
        )
        cognito = CognitoClient(pool, settings.upstream_deadline, settings.upstream_concurrency, clock)
        gateways = _gateways(settings, cognito, secret)
        audit = Audit(settings.sealing_secrets[0], open_sink(settings.audit_sink))
        sources = Sources(
            calls_in_progress=lambda: cognito.in_progress,
            state_store_is_up=lambda: state.addresses.is_up,
            log_outs_are_shared=lambda: revocations.is_current,
            log_outs_age=lambda: revocations.age,
            signing_keys_age=lambda: signing_keys.age,
            client_secret_age=lambda: secret.age,
            audit_sink_failures=lambda: audit.sink_failures,
        )
        sessions = SessionService(
            gateways.public, gateways.account, revocations, verifier, clock=clock, uniform_timing=uniform_timing
        )
        quarantine = Quarantine(
            state.addresses,
            settings.session_seconds,
            password_always=settings.verify_requires_password,
            fail_closed=settings.state_failure == "closed",
        )
        admission = Admission(gateways.public, quarantine, uniform_timing, settings.reveal_account_state)
        sign_in = _sign_in_service(settings, gateways, counters, admission, rules)
        administration = _administration(settings, administrator, sessions, quarantine, state.addresses)
        sign_up_sealer = _sealer(settings, "sign-up")
        async with _oauth_client(settings, Jwks(keys), secret, admission, clock) as oauth:
            yield Runtime(
                account_gateway=gateways.account,
                profile_service=ProfileService(
                    gateways.account,
                    sessions,
                    quarantine,
                    frozenset(settings.profile_attributes),
                    uniform_timing,
                    settings.app_name,
                    settings.admin_group,
                    administration.require_another_administrator if administration else None,
                ),
                sign_up=SignUpService(
                    gateways.public,
                    rules,
                    quarantine,
                    sign_up_sealer,
                    uniform_timing,
                    settings.passwordless,
                ),
                verification=VerificationService(
                    gateways.public,
                    sign_in,
                    quarantine,
                    sign_up_sealer,
                    uniform_timing,
                    settings.passwordless,
                    administration.reset_password if administration else None,
                ),
                sign_in=sign_in,
                rate_limits=RateLimits(counters, overridden(settings.limits), enabled=settings.rate_limits),
                readiness=Readiness(keys, state.addresses.probe, revocations),
                sessions=sessions,
                passwords=PasswordService(
                    gateways.public,
                    gateways.challenges,
                    rules,
                    sessions,
                    quarantine,
                    uniform_timing,
                    administrator,
                ),
                token_guard=Guard(verifier, sessions.ask_cognito),
                now=clock.now,
                trusted_proxies=settings.trusted_proxies,
                administration=administration,
                admin_group=settings.admin_group,
                cookies=_cookies(settings),
                forward_auth_headers=settings.forward_auth_headers,
                pages_url=settings.pages_url,
                pages=_pages(settings),
                notices=notices,
                cors_origins=frozenset(settings.cors_origins),
                client_metadata=settings.client_metadata,
                oauth=oauth,
                change_password_url=settings.change_password_url or (_PASSWORD_PAGE if settings.pages else None),
                metrics=_metrics(settings, sources),
                metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else None,
                hsts=[] if settings.hsts == "off" else [(b"strict-transport-security", settings.hsts.encode())],
                audit=audit,
            )


async def _open_state(settings: Settings) -> State:
    """Open STATE_STORE; a server that is away now may come back, but a file that cannot be used is a wrong setting."""
    stack = settings.stack_outputs
    uri = settings.state_store.get_secret_value()
    state = open_state(uri, stack.cognito_user_pool_id, stack.aws_region, settings.session_seconds)
    reason = await state.addresses.probe() if state.addresses.kind in _NEEDS else None
    if reason and (state.addresses.kind == "sqlite" or any(code in reason for code in _NEVER_MENDED)):
        await state.addresses.aclose()
        message = f"STATE_STORE = {uri}: {reason} {_NEEDS[state.addresses.kind]}"
        raise ConfigurationError(message)
    return state


async def _require_usable_stores(settings: Settings) -> None:
    for name, uri, keeps_state in (
        ("STATE_STORE", settings.state_store, True),
        ("RATE_LIMIT_STORAGE", settings.rate_limit_storage, False),
    ):
        if uri.get_secret_value().startswith(("redis://", "rediss://")):
            from api.startup.redis_check import require_usable_redis  # noqa: PLC0415 - imported where it is used

            await require_usable_redis(name, uri.get_secret_value(), keeps_state=keeps_state)


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


@asynccontextmanager
async def _breached(settings: Settings) -> AsyncGenerator[BreachedPasswords | None]:
    if not settings.breached_passwords:
        yield None
        return
    async with aclosing(BreachedPasswords(HttpClient(str(settings.breached_passwords_url)))) as found:
        yield found


@asynccontextmanager
async def _notices(settings: Settings, state: State, uniform_timing: UniformTiming) -> "AsyncGenerator[Notices | None]":
    if settings.notices_from is None:
        yield None
        return
    from api.notices.devices import KnownNetworks  # noqa: PLC0415 - loaded only when enabled
    from api.notices.notices import Notices  # noqa: PLC0415 - as above
    from api.notices.ses import SesSender  # noqa: PLC0415 - as above

    async with aclosing(SesSender(settings.notices_from, settings.region)) as sender:
        yield Notices(sender, KnownNetworks(state.addresses), uniform_timing, settings.app_name)


def _administration(
    settings: Settings,
    administrator: "AdminGateway | None",
    sessions: SessionService,
    quarantine: Quarantine,
    addresses: Addresses,
) -> "AdminService | None":
    if administrator is None or settings.admin_group is None:
        return None
    from api.admin.invitations import Invitations  # noqa: PLC0415 - as above
    from api.admin.service import AdminService  # noqa: PLC0415 - as above

    invitations = Invitations(
        addresses, settings.stack_outputs.cognito_password_policy.temporary_password_validity_days
    )
    return AdminService(administrator, sessions, quarantine, settings.admin_group, invitations)


def _cookies(settings: Settings) -> Cookies | None:
    idle_seconds = settings.session_idle_minutes and settings.session_idle_minutes * 60
    if not settings.has_cookie_sessions:
        return None
    return Cookies(settings.sealing_secrets, idle_seconds, settings.cookie_domain)


def _pages(settings: Settings) -> "Pages | None":
    if not settings.pages:
        return None
    from api.pages import typed  # noqa: PLC0415 - loaded only when enabled
    from api.pages.rendering import Pages  # noqa: PLC0415 - as above

    if settings.pages_providers and not settings.oauth:
        message = "PAGES_PROVIDERS needs the hosted pages: set OAUTH_DOMAIN, OAUTH_CALLBACK_URL and OAUTH_LOGOUT_URL."
        raise ConfigurationError(message)
    return Pages(
        product=settings.app_name,
        directory=settings.pages_directory,
        providers=settings.pages_providers,
        return_origins=frozenset(settings.return_origins),
        passwordless=settings.passwordless,
        admin_group=settings.admin_group,
        profile_attributes=settings.profile_attributes,
        typed=Sealer(settings.sealing_secrets, "pages typed", typed.SECONDS),
    )


def _metrics(settings: Settings, sources: Sources) -> "Metrics | None":
    if not settings.metrics:
        return None
    from api.telemetry.metrics import Metrics  # noqa: PLC0415 - as above

    return Metrics(sources, [(name, scope) for name in CATEGORIES for scope in ("total", "total_failures")])


@asynccontextmanager
async def _oauth_client(
    settings: Settings, jwks: Jwks, secret: ClientSecret, admission: Admission, clock: CognitoClock
) -> "AsyncGenerator[OAuthClient | None]":
    if settings.oauth is None:
        yield None
        return
    from api.hosted_pages.oauth import OAuthClient  # noqa: PLC0415 - as above

    stack = settings.stack_outputs
    pool = UserPool(settings.issuer, frozenset({stack.cognito_user_pool_client_id}), jwks)
    async with aclosing(HttpClient(settings.oauth.domain)) as http:
        yield OAuthClient(
            settings.oauth.domain,
            settings.issuer,
            stack.cognito_user_pool_client_id,
            secret,
            settings.oauth.callback_url,
            settings.oauth.logout_url,
            settings.oauth_scopes,
            http,
            TokenVerifier([pool], token_use="id", now=clock.now),  # noqa: S106 - a claim
            Sealer(settings.sealing_secrets, "oauth", OAuthClient.FLOW_SECONDS),
            admission,
            settings.oauth_error_url or (_SIGN_IN_PAGE if settings.pages else None),
        )


def _gateways(settings: Settings, cognito: CognitoClient, secret: ClientSecret) -> Gateways:
    stack = settings.stack_outputs
    client = PoolClient(
        cognito,
        stack.cognito_user_pool_client_id,
        secret,
        sends_user_context=stack.cognito_propagate_user_context,
    )
    return Gateways(CognitoGateway(client), ChallengeGateway(client), AccountGateway(client))


def _sealer(settings: Settings, purpose: str) -> Sealer:
    # Cognito's session of a sign-up is valid for as long as that of a challenge.
    return Sealer(settings.sealing_secrets, purpose, 60 * settings.auth_session_validity, _SEALED_SIZE)


def _sign_in_service(
    settings: Settings,
    gateways: Gateways,
    counters: RateLimitCounters,
    admission: Admission,
    rules: PasswordRules,
) -> SignInService:
    return SignInService(
        gateways.challenges,
        _sealer(settings, "challenge"),
        counters,
        admission,
        rules,
        uniform_timing=admission.uniform_timing,
        passwordless=settings.passwordless,
        branding=Branding(settings.app_name, settings.passkey_relying_party, settings.passkey_user_verification),
        secret=settings.sealing_secrets[0],
    )
