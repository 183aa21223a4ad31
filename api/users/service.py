"""What sign-up tells, and to whom: an answer never shows whether an address has an account."""

import logging

from api.cognito.gateway import CognitoGateway
from api.errors import Concealed, FieldError, InvalidPassword
from api.passwords import PasswordPolicy

logger = logging.getLogger(__name__)


async def sign_up(gateway: CognitoGateway, policy: PasswordPolicy, email: str, password: str) -> None:
    """Register the user; raise ``InvalidPassword`` before the call, so that it cannot tell new from taken."""
    if violations := policy.violations(password):
        raise InvalidPassword(FieldError("/password", f"The password needs {'; '.join(violations)}."))
    try:
        await gateway.sign_up(email, password)
    except Concealed as error:
        _log_concealed(error)


async def resend_confirmation_code(gateway: CognitoGateway, email: str) -> None:
    """Send a new code where there is somebody to send it to."""
    try:
        await gateway.resend_confirmation_code(email)
    except Concealed as error:
        _log_concealed(error)


def _log_concealed(error: Concealed) -> None:
    logger.info("refusal concealed", extra={"reason": str(error)})
