"""What sign-up tells, and to whom: an answer never shows whether an address has an account.

Pre-hijack. A stranger signs up with your address and a password of his; later the code from your mail would confirm
his password. So an address for which two passwords were offered is *contested*: from then on `/verify` wants the
password too, and proves it by a sign-in before it confirms (ADR 0007).
"""

import logging
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel

from api.cognito.calls import UserContext
from api.cognito.challenges import ChallengeGateway
from api.cognito.errors import CognitoError
from api.cognito.gateway import CognitoGateway
from api.concealment import Concealment
from api.errors import (
    AuthError,
    Concealed,
    EmailNotVerified,
    FeatureNotEnabled,
    FieldError,
    InvalidCode,
    InvalidCredentials,
    MarksUnavailable,
    Overloaded,
    PasswordResetRequired,
    RequestBlocked,
    RequestError,
    ServerMisconfigured,
    TooFast,
    ValidationFailed,
)
from api.passwords import PasswordPolicy
from api.sealing import SealBrokenError, Sealer
from api.users.sign_ups import SignUps

logger = logging.getLogger(__name__)

# Never anybody's (RFC 2606, section 2).
_NOBODYS_DOMAIN = "nobody.invalid"
# Cognito has made no account. After any other error there may be one.
_MADE_NOTHING = (RequestError, TooFast, FeatureNotEnabled, RequestBlocked, ServerMisconfigured, Overloaded)


class _SignedUp(BaseModel):
    session: str


class _Attempt(NamedTuple):
    """A sign-up under way; ``name`` is what ``SignUps`` calls it."""

    email: str
    password: str | None
    context: UserContext
    name: str


@dataclass(frozen=True)
class UserService:
    """Sign-up and verification; the only state is who has signed up for an address."""

    gateway: CognitoGateway
    challenges: ChallengeGateway
    policy: PasswordPolicy
    sign_ups: SignUps
    sealer: Sealer
    concealment: Concealment
    # Whether every verification needs the password, contested or not.
    password_always: bool
    # Whether PASSWORDLESS is on, as at the pool.
    passwordless: bool

    async def sign_up(
        self, email: str, password: str | None, context: UserContext, *, auto_sign_in: bool = False
    ) -> str | None:
        """Register the user; raise ``InvalidPassword`` before any call, so that it cannot tell new from taken.

        With ``auto_sign_in`` return a sealed session, of the same length whether there is one or not. New and taken
        addresses alike raise ``MarksUnavailable`` when it cannot be remembered who signed up.
        """
        if password is not None:
            self.policy.require(password, "/password")
        elif not self.passwordless:
            raise ValidationFailed(FieldError("/password", "is needed: nobody signs up without one here"))
        async with self.concealment.lasting():
            attempt = _Attempt(email, password, context, await self.sign_ups.begin(email))
            session = await self._sign_up(attempt)
        return self.sealer.seal(_SignedUp(session=session or "")) if auto_sign_in else None

    async def resend_confirmation_code(self, email: str, context: UserContext) -> None:
        """Send a new code where there is somebody to send it to."""
        async with self.concealment.lasting():
            await self._resend(email, context)

    async def confirm_sign_up(
        self, email: str, code: str, password: str | None, sealed: str | None, context: UserContext
    ) -> str:
        """Confirm the user; raise ``InvalidCode`` where a password is needed and is absent or wrong.

        Return Cognito's session to sign in with, where ``sealed`` gives one.
        """
        async with self.concealment.lasting():
            await self._require_owner(email, code, password, context)
            session = await self.gateway.confirm_sign_up(email, code, context, self._session_of(sealed))
            await self.sign_ups.forget(email)
            return session

    def _session_of(self, sealed: str | None) -> str | None:
        try:
            return self.sealer.open(sealed, _SignedUp).session if sealed else None
        except SealBrokenError:
            # It is only a convenience: the code counts.
            return None

    async def _sign_up(self, attempt: _Attempt) -> str | None:
        has_password = attempt.password is not None
        try:
            session = await self.gateway.sign_up(attempt.email, attempt.password, attempt.context)
        except Concealed as error:
            logger.info("sign-up concealed: %s", error)
            await self._meet(attempt, error)
            return None
        except _MADE_NOTHING:
            await self.sign_ups.withdraw(attempt.email, attempt.name)
            raise
        except AuthError:
            await self.sign_ups.contest(attempt.email, attempt.name, may_have_set_password=has_password)
            raise
        await self.sign_ups.made(attempt.email, attempt.name, has_password=has_password)
        return session

    async def _meet(self, attempt: _Attempt, error: Concealed) -> None:
        """Leave the address contested, unless it shows behind the answer that this is the first comer."""
        if attempt.password is None and _is_undelivered(error):
            await self.sign_ups.made(attempt.email, attempt.name, has_password=False)
            return
        may_have_set_password = attempt.password is not None and not _met_an_account(error)
        await self.concealment.behind(self._settle(attempt, may_have_set_password=may_have_set_password))

    async def _settle(self, attempt: _Attempt, *, may_have_set_password: bool) -> None:
        is_first_comer = False
        with _fault_concealed():
            is_first_comer = await self._is_first_comer(attempt, may_have_set_password=may_have_set_password)
        if not is_first_comer:
            await self.sign_ups.contest(attempt.email, attempt.name, may_have_set_password=may_have_set_password)
            return
        with _fault_concealed():
            await self._resend(attempt.email, attempt.context)

    async def _is_first_comer(self, attempt: _Attempt, *, may_have_set_password: bool) -> bool:
        """Tell whether nobody else's password lies there, and end the sign-up then."""
        known = await self.sign_ups.known(attempt.email, besides=attempt.name)
        if known.has_no_password and not may_have_set_password:
            await self.sign_ups.withdraw(attempt.email, attempt.name)
            return True
        if attempt.password is not None and await self._is_password_of_unconfirmed(
            attempt.email, attempt.password, attempt.context
        ):
            await self.sign_ups.made(attempt.email, attempt.name, has_password=True)
            return True
        return False

    async def _require_owner(self, email: str, code: str, password: str | None, context: UserContext) -> None:
        if await self._is_code_enough(email, password):
            return
        if password is not None and await self._is_password_of_unconfirmed(email, password, context):
            return
        if password is None:
            # Cognito is asked about nobody: what it costs in time, and its faults, are those of any other code.
            await self.gateway.confirm_sign_up(f"{secrets.token_hex(16)}@{_NOBODYS_DOMAIN}", code, context)
        raise InvalidCode

    async def _is_code_enough(self, email: str, password: str | None) -> bool:
        try:
            known = await self.sign_ups.known(email)
        except MarksUnavailable:
            if password is None:
                raise
            return False
        is_alone = password is None and not (known.is_contested or self.password_always)
        return known.has_no_password or is_alone

    async def _is_password_of_unconfirmed(self, email: str, password: str, context: UserContext) -> bool:
        try:
            await self.challenges.initiate_auth(email, password, context)
        except EmailNotVerified:
            return True
        except (InvalidCredentials, PasswordResetRequired):
            pass
        return False

    async def _resend(self, email: str, context: UserContext) -> None:
        try:
            await self.gateway.resend_confirmation_code(email, context)
        except Concealed as error:
            logger.info("resend concealed: %s", error)


def _is_undelivered(error: Concealed) -> bool:
    """Tell whether the user was registered, though the mail could not be sent (API page SignUp, on both)."""
    match error.__cause__:
        case CognitoError(code="CodeDeliveryFailureException" | "LimitExceededException"):
            return True
        case _:
            return False


def _met_an_account(error: Concealed) -> bool:
    """Tell whether the sign-up has surely made nothing; any other concealed error is of one that perhaps did."""
    match error.__cause__:
        case CognitoError(code="UsernameExistsException", after_lost_send=False):
            return True
        case _:
            return False


@contextmanager
def _fault_concealed() -> Generator[None]:
    try:
        yield
    except AuthError as hidden:
        logger.warning("sign-up concealed a fault: %s", type(hidden).__name__)
