"""The address that a notice about an account's change goes to."""

from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import Request

from api.cognito.users import email_of
from api.errors import AuthError
from api.telemetry.request_context import note
from api.web.caller import Caller

if TYPE_CHECKING:
    from api.cognito.account_gateway import AccountGateway


async def note_address(request: Request, caller: Caller) -> None:
    """Note the caller's current address, before the change; do nothing where notices are off."""
    if request.app.state.notices is None:
        return
    gateway: AccountGateway = request.app.state.account_gateway
    # The change itself reports a token that Cognito does not accept.
    with suppress(AuthError):
        note(address=email_of(await gateway.get_user(caller.access_token)))
