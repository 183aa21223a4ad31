"""What one running process holds. ``api/start.py`` makes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request

from api.client_ip import Networks, client_ip
from api.cognito.account import AccountGateway
from api.cognito.calls import UserContext
from api.logging import note
from api.rate_limits import Category, RateLimits
from api.users.service import UserService

if TYPE_CHECKING:
    from api.account.service import AccountService
    from api.admin.service import AdminService
    from api.audit import Audit
    from api.auth.service import SessionService
    from api.auth.sign_in import SignInService
    from api.browser.cookies import Cookies
    from api.browser.oauth import OAuthClient
    from api.credentials.service import PasswordService
    from api.health.readiness import Readiness
    from api.metrics import Metrics
    from api.tokens.dependencies import Guard


@dataclass(frozen=True)
class Runtime:
    """The objects that requests share."""

    account: AccountGateway
    accounts: "AccountService"
    users: UserService
    sign_in: "SignInService"
    rate_limits: RateLimits
    readiness: "Readiness"
    sessions: "SessionService"
    passwords: "PasswordService"
    token_guard: "Guard"
    trusted_proxies: Networks
    audit: "Audit"
    administration: "AdminService | None"
    admin_group: str | None
    cookies: "Cookies | None"
    cors_origins: frozenset[str]
    oauth: "OAuthClient | None"
    change_password_url: str
    metrics: "Metrics | None"

    async def admit(self, request: Request, category: Category, address: str) -> UserContext:
        """Count the attempt and return who makes it; raise ``TooFast`` when it is one too many."""
        client = client_ip(request, self.trusted_proxies)
        note(client_ip=client, **({"address": address} if "@" in address else {}))
        await self.rate_limits.check(category, address, client)
        return UserContext(client)


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the application that handles ``request``."""
    return request.app.state.runtime
