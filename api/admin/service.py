"""User administration: ends affected sessions, and prevents administrators from locking themselves out."""

import logging
from dataclasses import dataclass

from api.admin.invitations import Invitation, Invitations
from api.admin.schemas import UserResponse, UserUpdate
from api.cognito import responses
from api.cognito.admin_gateway import AdminGateway
from api.cognito.users import attributes_of, email_of, second_factors, stored_email_of, whole_seconds
from api.errors import ActionRejected, AuthError, Conflict, FieldError, ServiceError, ValidationFailed
from api.quarantine.quarantine import Quarantine
from api.sessions.service import SessionService
from cognito_tokens import Principal

logger = logging.getLogger(__name__)

_INVITED = "FORCE_CHANGE_PASSWORD"
_OWN_FIELDS = {"email", "email_verified", "sub"}


@dataclass(frozen=True)
class AdminService:
    """Changes, disables, deletes and signs out users."""

    gateway: AdminGateway
    sessions: SessionService
    quarantine: Quarantine
    admin_group: str
    invitations: Invitations

    async def get(self, username: str) -> UserResponse:
        """Return a user; one that was invited, with the end of the invitation and its sender."""
        user = await self.gateway.admin_get_user(username)
        return user_response(user, await self.invitations.last(_sub_of(user), user.user_create_date))

    async def invite(self, email: str, by: Principal) -> UserResponse:
        """Create a user, to which Cognito mails a temporary password."""
        user = await self.gateway.admin_create_user(email)
        return user_response(user, await self.invitations.sent(_sub_of(user), by.sub))

    async def invite_again(self, username: str, by: Principal) -> UserResponse:
        """Mail a new temporary password; Cognito refuses it (``Conflict``) after the first was accepted."""
        user = await self.gateway.admin_get_user(username)
        again = await self.gateway.admin_invite_again(stored_email_of(user))
        return user_response(again, await self.invitations.sent(_sub_of(user), by.sub))

    async def update(self, username: str, update: UserUpdate, by: Principal) -> UserResponse:
        """Change attributes; a new address is set as verified, on the administrator's responsibility.

        Raises ``Conflict`` for the administrator's own address, which PATCH /me changes with a code.
        """
        attributes = {name: value or "" for name, value in update.attributes.items()}
        if closed := sorted(attributes.keys() & _OWN_FIELDS):
            raise ValidationFailed(
                *(FieldError(f"/attributes/{name}", "This attribute cannot be set here.") for name in closed)
            )
        if update.email:
            attributes |= {"email": update.email, "email_verified": "true"}
        # The username in the path may be the address that is about to change.
        user = await self.gateway.admin_get_user(username)
        sub, name = _sub_of(user), user.username
        if update.email and sub == by.sub:
            raise Conflict
        if update.email and (await self.quarantine.look(email_of(user))).marks:
            # A quarantined password must not become usable under another address.
            raise Conflict
        if attributes:
            await self.gateway.admin_update_user_attributes(name, attributes)
        if update.email:
            # The owner of the old address must not keep a session.
            await self._end_sessions(name, sub)
        return await self.get(name)

    async def disable(self, username: str, by: Principal) -> None:
        """Disable a user, and end every session here and at Cognito."""
        user = await self._other(username, by)
        await self.gateway.admin_disable_user(username)
        await self._end_sessions(username, _sub_of(user))

    async def delete(self, username: str, by: Principal) -> None:
        """Delete a user, revoke all outstanding tokens, and end the quarantine of the address."""
        user = await self._other(username, by)
        email = email_of(user)
        known = await self.quarantine.look(email)
        # Revoke first: if the response is lost, no token of a deleted user may remain valid.
        async with self.sessions.forgetting(_sub_of(user)):
            self.sessions.require_shared(fail_closed=True)
            await self.gateway.admin_delete_user(username)
        await self.quarantine.account_deleted(email, known)

    async def confirm(self, username: str) -> None:
        """Confirm a sign-up without its code.

        Unless it is the only sign-up of the address, the password may be another person's: the address is then taken as
        verified, the password is invalidated, and a code is mailed with which the owner of the mailbox sets a new one.
        """
        user = await self.gateway.admin_get_user(username)
        verification = await self.quarantine.verification_begins(email_of(user))
        try:
            await self.gateway.admin_confirm_sign_up(username)
        except ActionRejected:
            logger.warning("a trigger refused a confirmation, which remains in effect")
        except ServiceError:
            # Cognito may have confirmed the user, so the mark stays.
            raise
        except AuthError:
            await self.quarantine.verification_refused(verification)
            raise
        verification, is_sole = await self.quarantine.code_accepted(verification)
        if not is_sole:
            await self.gateway.admin_update_user_attributes(username, {"email_verified": "true"})
            await self.reset_password(username)
        await self.quarantine.password_proved(verification)

    async def reset_password(self, username: str) -> None:
        """Invalidate the password and end every session."""
        sub = await self._sub(username)
        await self.gateway.admin_reset_user_password(username)
        await self._end_sessions(username, sub)

    async def sign_out(self, username: str) -> None:
        """End every session of a user."""
        await self._end_sessions(username, await self._sub(username))

    async def remove_second_factors(self, username: str, by: Principal) -> None:
        """Disable all second factors (lost device) of another user, and end the sessions."""
        user = await self._other(username, by)
        # Cognito keeps the TOTP secret but no longer asks for it. TOTP is disabled even if it is not listed.
        disabled = sorted({*user.user_mfa_setting_list, "SOFTWARE_TOKEN_MFA"})
        await self.gateway.admin_set_user_mfa_preference(username, disabled)
        await self._end_sessions(username, _sub_of(user))

    async def add_to_group(self, username: str, group: str, by: Principal) -> None:
        """Add another user to a group; a new administrator's sessions end, so that the group needs a new sign-in."""
        sub = _sub_of(await self._other(username, by))
        await self.gateway.admin_add_user_to_group(username, group)
        if group == self.admin_group:
            await self.sessions.require_new_sign_in(sub)

    async def require_another_administrator(self, principal: Principal) -> None:
        """Raise ``Conflict`` if no other user that can sign in is in the group of administrators."""
        cursor = None
        while True:
            page = await self.gateway.list_users_in_group(self.admin_group, cursor)
            if any(_can_sign_in(user) and _sub_of(user) != principal.sub for user in page.users):
                return
            cursor = page.cursor
            if cursor is None:
                raise Conflict

    async def remove_from_group(self, username: str, group: str, by: Principal) -> None:
        """Remove another user from a group, and end the sessions here: existing tokens still contain the group."""
        sub = _sub_of(await self._other(username, by))
        await self.gateway.admin_remove_user_from_group(username, group)
        await self.sessions.require_new_sign_in(sub)

    async def _end_sessions(self, username: str, sub: str) -> None:
        async with self.sessions.forgetting(sub):
            await self.gateway.admin_user_global_sign_out(username)
        self.sessions.require_shared(fail_closed=True)

    async def _other(self, username: str, by: Principal) -> responses.AdminUser:
        """Return the user; raise ``Conflict`` if it is the administrator, to prevent a lock-out."""
        user = await self.gateway.admin_get_user(username)
        if _sub_of(user) == by.sub:
            raise Conflict
        return user

    async def _sub(self, username: str) -> str:
        return _sub_of(await self.gateway.admin_get_user(username))


def _sub_of(user: responses.AdminUser | responses.PoolUser) -> str:
    return attributes_of(user.user_attributes).get("sub", user.username)


def _can_sign_in(user: responses.PoolUser) -> bool:
    return user.enabled and user.user_status in {"CONFIRMED", "EXTERNAL_PROVIDER"}


def user_response(user: responses.AdminUser | responses.PoolUser, invitation: Invitation | None = None) -> UserResponse:
    """Convert a user to this API's model."""
    attributes = attributes_of(user.user_attributes)
    return UserResponse(
        username=user.username,
        email=attributes.pop("email", None),
        email_verified=attributes.pop("email_verified", "") == "true",
        status=user.user_status,
        enabled=user.enabled,
        created_at=whole_seconds(user.user_create_date),
        modified_at=whole_seconds(user.user_last_modified_date),
        attributes=attributes,
        second_factors=second_factors(user) if isinstance(user, responses.AdminUser) else None,
        expires_at=invitation.expires_at if invitation and user.user_status == _INVITED else None,
        invited_by=invitation.invited_by if invitation else None,
    )
