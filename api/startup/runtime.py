"""The services that requests share, as attributes of ``app.state``. ``api.startup.composition`` creates them."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from api.abuse_protection.rate_limits import RateLimits
    from api.account.profile_service import ProfileService
    from api.admin.service import AdminService
    from api.cognito.account_gateway import AccountGateway
    from api.health.readiness import Readiness
    from api.hosted_pages.oauth import OAuthClient
    from api.notices.notices import Notices
    from api.pages.rendering import Pages
    from api.passwords.service import PasswordService
    from api.sessions.cookies import Cookies
    from api.sessions.service import SessionService
    from api.sign_in.service import SignInService
    from api.sign_up.service import SignUpService
    from api.sign_up.verification import VerificationService
    from api.telemetry.audit import Audit
    from api.telemetry.metrics import Metrics
    from api.web.client_ip import Trusted
    from cognito_tokens.dependencies import Guard


@dataclass(frozen=True)
class Runtime:
    """One field per attribute of ``app.state``; each feature reads its own."""

    account_gateway: "AccountGateway"
    profile_service: "ProfileService"
    sign_up: "SignUpService"
    verification: "VerificationService"
    sign_in: "SignInService"
    rate_limits: "RateLimits"
    readiness: "Readiness"
    sessions: "SessionService"
    passwords: "PasswordService"
    token_guard: "Guard"
    # The time by Cognito's clock.
    now: Callable[[], float]
    trusted_proxies: "Trusted"
    audit: "Audit"
    administration: "AdminService | None"
    admin_group: str | None
    cookies: "Cookies | None"
    pages: "Pages | None"
    forward_auth_headers: str
    pages_url: str | None
    notices: "Notices | None"
    cors_origins: frozenset[str]
    # Names of the fields that clients may send to the triggers.
    client_metadata: tuple[str, ...]
    oauth: "OAuthClient | None"
    change_password_url: str | None
    metrics: "Metrics | None"
    metrics_token: str | None
    # The header Strict-Transport-Security, or nothing.
    hsts: list[tuple[bytes, bytes]]

    def attach(self, app: FastAPI) -> None:
        """Set the attributes of ``app.state``."""
        for field in fields(self):
            setattr(app.state, field.name, getattr(self, field.name))
