"""Settings that weaken a protection, each named in one line of the log when the service starts."""

import multiprocessing
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from api.config.settings import Settings

_FORGETFUL = (
    "STATE_STORE is memory://: a restart forgets log-outs (their tokens are valid until they expire), open "
    "sign-ups (their users set a password by mail) and quarantines. Set sqlite:///PATH for one "
    "host, or redis:// or dynamodb:// for several."
)
_THIS_HOST = {"localhost", "127.0.0.1", "::1"}
# Random keys have more different characters.
_FEW_CHARACTERS = 10


def weak_settings(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each weak setting; secure settings yield nothing."""
    if settings.state_store.get_secret_value() == "memory://":
        yield _FORGETFUL
    if not settings.rate_limits:
        yield "RATE_LIMITS is off: nothing limits guesses of passwords and codes, and mails, but a proxy in front."
    if settings.concealment_seconds == 0:
        yield "CONCEALMENT_SECONDS is 0: response times reveal which addresses have an account."
    if settings.reveal_account_state:
        yield "REVEAL_ACCOUNT_STATE is on: any caller can find out which addresses have an account."
    if settings.cookie_domain:
        yield f"COOKIE_DOMAIN is set: each host of {settings.cookie_domain} gets the sessions, and can replace them."
    yield from _network(settings)
    yield from _secrets(settings)
    yield from _stores(settings)


def _network(settings: Settings) -> Iterator[str]:
    for network in settings.trusted_proxies:
        if not isinstance(network, str) and network.prefixlen == 0:
            yield f"TRUSTED_PROXIES has {network}: every client can choose the address that the rate limits count."
    for origin in settings.cors_origins:
        if origin.startswith("http://"):
            yield f"CORS_ORIGINS has {origin}: without TLS, anyone on the network can change its pages."
    host = urlsplit(settings.endpoint).hostname or ""
    if getproxies().get("https") and not proxy_bypass(host):
        yield (
            "HTTPS_PROXY is set, but calls to Cognito connect directly; only administration, notices, and secrets and "
            f"state at AWS use it. Let this host reach {host}, or name it in NO_PROXY."
        )
    if settings.metrics and settings.metrics_token is None:
        yield "METRICS is on without METRICS_TOKEN: everything that reaches /metrics can read it."


def _secrets(settings: Settings) -> Iterator[str]:
    keys = [key.get_secret_value() for key in settings.sealing_keys]
    if any(len(set(key)) < _FEW_CHARACTERS for key in keys):
        yield "SEALING_KEYS has a key with few different characters; use random ones (`openssl rand -hex 32`)."
    if len(set(keys)) < len(keys):
        yield "SEALING_KEYS has the same key twice."


def _stores(settings: Settings) -> Iterator[str]:
    # uvicorn --workers starts its workers with multiprocessing.
    has_workers = multiprocessing.parent_process() is not None
    names = {"RATE_LIMIT_STORAGE": settings.rate_limit_storage, "STATE_STORE": settings.state_store}
    for name, uri in names.items():
        try:
            parts = urlsplit(uri.get_secret_value())
        except ValueError:
            # Opening the store ends the start with a message.
            continue
        if parts.scheme == "memory" and has_workers:
            yield f"{name} is memory:// with several workers: each worker has its own. Set a store that they share."
        if parts.scheme == "redis" and parts.hostname not in _THIS_HOST:
            yield f"{name} is redis:// on another host: without TLS, the network can read and change it. Set rediss://."
