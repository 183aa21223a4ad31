"""Administration: what an action ends, and that nobody locks oneself out."""

from dataclasses import dataclass

from api.admin.schemas import UserResponse, UserUpdate
from api.cognito import responses
from api.cognito.admin_gateway import AdminGateway
from api.cognito.users import attributes_of, second_factors, whole_seconds
from api.errors import Conflict, FieldError, ValidationFailed
from api.sessions.service import SessionService
from cognito_tokens import Principal

_OWN_FIELDS = {"email", "email_verified", "sub"}


@dataclass(frozen=True)
class AdminService:
    """Users: changed, disabled, deleted, signed out."""

    gateway: AdminGateway
    sessions: SessionService

    async def update(self, username: str, update: UserUpdate) -> UserResponse:
        """Change attributes; the administrator answers for a new address."""
        attributes = {name: value or "" for name, value in update.attributes.items()}
        if closed := sorted(attributes.keys() & _OWN_FIELDS):
            raise ValidationFailed(*(FieldError(f"/attributes/{name}", "has a field of its own") for name in closed))
        if update.email:
            attributes |= {"email": update.email, "email_verified": "true"}
        # The name in the path may be the address that is about to change.
        sub = await self._sub(username)
        if attributes:
            await self.gateway.admin_update_user_attributes(sub, attributes)
        if update.email:
            # Who holds the old address holds no session.
            await self._end_sessions(sub, sub)
        return user_response(await self.gateway.admin_get_user(sub))

    async def disable(self, username: str, by: Principal) -> None:
        """Disable a user; sessions end here and at Cognito."""
        sub = await self._other(username, by)
        await self.gateway.admin_disable_user(username)
        await self._end_sessions(username, sub)

    async def delete(self, username: str, by: Principal) -> None:
        """Delete a user; tokens that are still about end with the account."""
        sub = await self._other(username, by)
        # First: an answer that is lost must not leave tokens of somebody who is gone.
        async with self.sessions.forgetting(sub):
            self.sessions.require_shared(fail_closed=True)
            await self.gateway.admin_delete_user(username)

    async def reset_password(self, username: str) -> None:
        """Make the password worthless; sessions that it opened end."""
        sub = await self._sub(username)
        await self.gateway.admin_reset_user_password(username)
        await self._end_sessions(username, sub)

    async def sign_out(self, username: str) -> None:
        """End every session of a user."""
        await self._end_sessions(username, await self._sub(username))

    async def remove_second_factors(self, username: str) -> None:
        """Let in whose device is lost by the first factor alone; sessions of a thief's end."""
        user = await self.gateway.admin_get_user(username)
        # The app's secret stays with Cognito and is asked for no more; one that is not listed is switched off too.
        disabled = sorted({*user.user_mfa_setting_list, "SOFTWARE_TOKEN_MFA"})
        await self.gateway.admin_set_user_mfa_preference(username, disabled)
        await self._end_sessions(username, _sub_of(user))

    async def remove_from_group(self, username: str, group: str, admin_group: str, by: Principal) -> None:
        """Remove a user from a group; a token that names it counts until it expires, so sessions end here."""
        sub = await self._sub(username)
        if group == admin_group and sub == by.sub:
            raise Conflict
        await self.gateway.admin_remove_user_from_group(username, group)
        await self.sessions.forget(sub)
        self.sessions.require_shared(fail_closed=True)

    async def _end_sessions(self, username: str, sub: str) -> None:
        async with self.sessions.forgetting(sub):
            await self.gateway.admin_user_global_sign_out(username)
        self.sessions.require_shared(fail_closed=True)

    async def _other(self, username: str, by: Principal) -> str:
        """Return the user's sub; raise ``Conflict`` for the administrator's own: nobody locks oneself out."""
        sub = await self._sub(username)
        if sub == by.sub:
            raise Conflict
        return sub

    async def _sub(self, username: str) -> str:
        return _sub_of(await self.gateway.admin_get_user(username))


def _sub_of(user: responses.AdminUser) -> str:
    return attributes_of(user.user_attributes).get("sub", user.username)


def user_response(user: responses.AdminUser | responses.PoolUser) -> UserResponse:
    """Return a user as this API shows it."""
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
    )
