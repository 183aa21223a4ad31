"""The user's account: profile, second factors, export and deletion, without revealing other accounts."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from api.abuse_protection.uniform_timing import UniformTiming
from api.account import views
from api.account.schemas import ExportResponse, ProfileResponse, ProfileUpdate
from api.cognito import responses
from api.cognito.account_gateway import AccountGateway
from api.cognito.users import attributes_of, email_of, second_factors
from api.errors import (
    CodeDeliveryFailed,
    EmailInUse,
    FeatureNotEnabled,
    FieldError,
    PasswordResetRequired,
    ValidationFailed,
)
from api.kit.totp import TotpSetup, totp_setup
from api.quarantine.quarantine import Quarantine
from api.sessions.service import SessionService
from api.web.caller import Caller
from cognito_tokens import Principal

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProfileService:
    """Profile, second factors, export and deletion."""

    account: AccountGateway
    sessions: SessionService
    quarantine: Quarantine
    # The attributes that are returned and may be changed, in addition to the e-mail address.
    open_attributes: frozenset[str]
    uniform_timing: UniformTiming
    # Issuer shown by authenticator apps.
    app_name: str
    # ADMIN_GROUP, and what raises ``Conflict`` for its last member; both are ``None`` where administration is off.
    admin_group: str | None = None
    require_another_administrator: Callable[[Principal], Awaitable[None]] | None = None

    async def profile(self, caller: Caller) -> ProfileResponse:
        """Return the profile."""
        return self._profile(await self.account.get_user(caller.access_token))

    async def update(self, caller: Caller, update: ProfileUpdate) -> ProfileResponse:
        """Change the profile; raise ``ValidationFailed`` for an attribute that may not be changed.

        Whether another account has the new address is revealed only to its owner, by the e-mailed code.
        """
        changed = update.model_dump(exclude_unset=True, exclude={"email"})
        if closed := sorted(changed.keys() - self.open_attributes):
            raise ValidationFailed(
                *(FieldError(f"/{name}", "This attribute cannot be changed here.") for name in closed)
            )
        if changed:
            values = {name: value or "" for name, value in changed.items()}
            await self.account.update_user_attributes(caller.access_token, values)
        if update.email:
            await self._change_email(caller, update.email)
        profile = await self.profile(caller)
        return profile.model_copy(update={"pending_email": update.email if update.email != profile.email else None})

    async def delete(self, caller: Caller) -> None:
        """Delete the user, revoke all outstanding tokens, and end the quarantine of the address.

        Raises ``Conflict`` for the last administrator.
        """
        if self.require_another_administrator and self._is_administrator(caller):
            await self.require_another_administrator(caller.principal)
        email = await self._email(caller)
        known = await self.quarantine.look(email)
        # Revoke first: if the response is lost, no token of a deleted user may remain valid.
        async with self.sessions.forgetting(caller.principal.sub):
            self.sessions.require_shared()
            await self.account.delete_user(caller.access_token)
        await self.quarantine.account_deleted(email, known)

    async def resend_email(self, caller: Caller) -> None:
        """Send a new code if an address is awaiting verification; the result does not reveal whether one is."""
        async with self.uniform_timing.padded():
            try:
                await self.account.get_user_attribute_verification_code(caller.access_token, "email")
            except (CodeDeliveryFailed, EmailInUse, ValidationFailed) as error:
                logger.info("resend concealed: %s", type(error).__name__)

    async def set_up_totp(self, caller: Caller) -> TotpSetup:
        """Return a new TOTP secret, which becomes valid once its first code is verified."""
        secret_code, user = await asyncio.gather(
            self.account.associate_software_token(caller.access_token), self.account.get_user(caller.access_token)
        )
        name = attributes_of(user.user_attributes).get("email") or user.username
        return totp_setup(self.app_name, name, secret_code)

    async def set_second_factors(self, caller: Caller, preferences: dict[str, tuple[bool, bool]]) -> None:
        """Set enabled and preferred of second factors; enabling one ends an administrator's sessions."""
        await self.account.set_user_mfa_preference(caller.access_token, preferences)
        if self._is_administrator(caller) and any(enabled for enabled, _ in preferences.values()):
            await self.sessions.require_new_sign_in(caller.principal.sub)

    async def export(self, caller: Caller) -> ExportResponse:
        """Return all data that Cognito stores about the user."""
        token = caller.access_token
        user, passkeys, devices, sessions = await asyncio.gather(
            self.account.get_user(token),
            _offered(self.account.list_web_authn_credentials(token)),
            _offered(self.account.list_devices(token)),
            _offered(self.account.list_user_sessions(token)),
        )
        return ExportResponse(
            username=user.username,
            attributes=attributes_of(user.user_attributes),
            second_factors=second_factors(user),
            groups=list(caller.principal.groups),
            passkeys=None if passkeys is None else [views.passkey(row) for row in passkeys],
            devices=None if devices is None else [views.device(row) for row in devices],
            sessions=None if sessions is None else [views.session(row) for row in sessions],
        )

    async def _change_email(self, caller: Caller, email: str) -> None:
        # A quarantined password must not become usable under another address.
        if (await self.quarantine.look(await self._email(caller))).marks:
            raise PasswordResetRequired
        async with self.uniform_timing.padded():
            try:
                await self.account.update_user_attributes(caller.access_token, {"email": email})
            except EmailInUse:
                logger.info("e-mail change concealed: the address is taken")

    async def _email(self, caller: Caller) -> str:
        return email_of(await self.account.get_user(caller.access_token))

    def _is_administrator(self, caller: Caller) -> bool:
        return self.admin_group in caller.principal.groups

    def _profile(self, user: responses.User) -> ProfileResponse:
        attributes = attributes_of(user.user_attributes)
        return ProfileResponse(
            sub=attributes.get("sub", user.username),
            email=attributes.get("email"),
            email_verified=attributes.get("email_verified") == "true",
            attributes={name: value for name, value in attributes.items() if name in self.open_attributes},
            second_factors=second_factors(user),
        )


async def _offered(asked: Awaitable[T]) -> T | None:
    """Return the result, or ``None`` for a feature that the pool does not offer."""
    try:
        return await asked
    except FeatureNotEnabled as error:
        logger.info("export omits a feature that the pool does not offer: %s", error)
        return None
