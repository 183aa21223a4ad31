"""What the routes of /me share: their problems, and access to profile and gateway."""

from typing import TYPE_CHECKING, Protocol

from fastapi import Request

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import ACCOUNT, ACCOUNT_READ
from api.web.caller import Caller
from cognito_tokens import Principal
from cognito_tokens import errors as token_errors

if TYPE_CHECKING:
    from api.account.profile_service import ProfileService
    from api.cognito.account_gateway import AccountGateway

BEARER = (
    token_errors.TokenMissing,
    errors.InvalidToken,
    token_errors.InsufficientScope,
    errors.EmailNotVerified,
    errors.PasswordResetRequired,
    errors.TooManyAttempts,
)


def profile_of(request: Request) -> "ProfileService":
    """Return the profile service of the application."""
    return request.app.state.profile_service


def gateway_of(request: Request) -> "AccountGateway":
    """Return the gateway to the operations that an access token authorizes."""
    return request.app.state.account_gateway


def is_administrator(request: Request, principal: Principal) -> bool:
    """Return whether the caller is a member of ADMIN_GROUP, if administration is enabled."""
    return request.app.state.admin_group in principal.groups


class Administration(Protocol):
    """What the own account needs of administration."""

    async def require_another_administrator(self, principal: Principal) -> None:
        """Raise ``Conflict`` if the caller is the last administrator."""
        ...


def administration_of(request: Request) -> Administration:
    """Return the service of administration, which must be enabled."""
    return request.app.state.administration


async def counted_gateway(request: Request, caller: Caller) -> "AccountGateway":
    """Count the request as a read or a change of the account, and return the gateway."""
    await count_attempt(request, ACCOUNT_READ if request.method == "GET" else ACCOUNT, caller.principal.sub)
    return gateway_of(request)
