"""What the routes of /me share: their problems, and access to profile and gateway."""

from typing import TYPE_CHECKING

from fastapi import Request

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import ACCOUNT, ACCOUNT_READ
from api.web.caller import Caller
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


async def counted_gateway(request: Request, caller: Caller) -> "AccountGateway":
    """Count the request as a read or a change of the account, and return the gateway."""
    await count_attempt(request, ACCOUNT_READ if request.method == "GET" else ACCOUNT, caller.principal.sub)
    return gateway_of(request)
