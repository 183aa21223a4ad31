"""Scenarios by area; importing this package registers all of them."""

from tests.conformance.scenario import SCENARIOS
from tests.conformance.scenarios import (
    administrators,
    attributes,
    client_secret,
    existence,
    hosted_pages,
    mfa,
    names,
    passkeys,
    passwordless,
    passwords,
    pool,
    sign_in,
    sign_up,
    tokens,
)

__all__ = [
    "SCENARIOS",
    "administrators",
    "attributes",
    "client_secret",
    "existence",
    "hosted_pages",
    "mfa",
    "names",
    "passkeys",
    "passwordless",
    "passwords",
    "pool",
    "sign_in",
    "sign_up",
    "tokens",
]
