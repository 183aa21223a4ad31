"""Administration of the pool's users and groups; each call is signed with AWS credentials."""

from typing import Any

from api.cognito import responses
from api.cognito.calls import Calls, PoolClient

_MFA_SETTINGS = {
    "EMAIL_OTP": "EmailMfaSettings",
    "SMS_MFA": "SMSMfaSettings",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
}
_NO_SECOND_FACTOR = {"Enabled": False, "PreferredMfa": False}


class AdminGateway(Calls):
    """Administrative operations on one user pool."""

    def __init__(self, client: PoolClient, pool_id: str) -> None:
        """Administer the pool ``pool_id``; the transport of ``client`` must sign its requests."""
        super().__init__(client)
        self._pool = {"UserPoolId": pool_id}

    async def list_users(self, search: str | None, limit: int, cursor: str | None) -> responses.Users:
        """Return users by e-mail prefix ``search``. API page: ListUsers."""
        request: dict[str, Any] = {**self._pool, "Limit": limit}
        escaped = (search or "").replace("\\", "\\\\").replace('"', '\\"')
        request |= {"Filter": f'email ^= "{escaped}"'} if escaped else {}
        request |= {"PaginationToken": cursor} if cursor else {}
        return await self._call("ListUsers", responses.Users, request)

    async def admin_create_user(self, email: str) -> responses.PoolUser:
        """Invite a user: Cognito mails a temporary password. API page: AdminCreateUser."""
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        return await self._invite(email, {"UserAttributes": attributes})

    async def admin_invite_again(self, email: str) -> responses.PoolUser:
        """Mail a new temporary password to an invited user, valid from now. API page: AdminCreateUser."""
        return await self._invite(email, {"MessageAction": "RESEND"})

    async def admin_get_user(self, username: str) -> responses.AdminUser:
        """Return a user. API page: AdminGetUser."""
        return await self._call("AdminGetUser", responses.AdminUser, self._user(username))

    async def admin_update_user_attributes(self, username: str, attributes: dict[str, str]) -> None:
        """Set attributes; an empty value deletes one. API page: AdminUpdateUserAttributes."""
        rows = [{"Name": name, "Value": value} for name, value in attributes.items()]
        await self._perform("AdminUpdateUserAttributes", self._user(username) | {"UserAttributes": rows})

    async def admin_delete_user(self, username: str) -> None:
        """Delete a user. API page: AdminDeleteUser."""
        await self._perform("AdminDeleteUser", self._user(username))

    async def admin_enable_user(self, username: str) -> None:
        """Allow a user to sign in again. API page: AdminEnableUser."""
        await self._perform("AdminEnableUser", self._user(username))

    async def admin_disable_user(self, username: str) -> None:
        """Prevent a user from signing in. API page: AdminDisableUser."""
        await self._perform("AdminDisableUser", self._user(username))

    async def admin_reset_user_password(self, username: str) -> None:
        """Invalidate the password and mail a code for setting a new one. API page: AdminResetUserPassword."""
        await self._perform("AdminResetUserPassword", self._user(username))

    async def admin_confirm_sign_up(self, username: str) -> None:
        """Confirm a sign-up without its code. API page: AdminConfirmSignUp."""
        await self._perform("AdminConfirmSignUp", self._user(username))

    async def admin_user_global_sign_out(self, username: str) -> None:
        """Revoke all sessions of a user. API page: AdminUserGlobalSignOut."""
        await self._perform("AdminUserGlobalSignOut", self._user(username))

    async def admin_set_user_mfa_preference(self, username: str, disabled: list[str]) -> None:
        """Disable second factors, given by Cognito's names. API page: AdminSetUserMFAPreference."""
        settings = {_MFA_SETTINGS[name]: _NO_SECOND_FACTOR for name in disabled if name in _MFA_SETTINGS}
        await self._perform("AdminSetUserMFAPreference", self._user(username) | settings)

    async def admin_list_groups_for_user(self, username: str, cursor: str | None) -> responses.Groups:
        """Return groups of a user. API page: AdminListGroupsForUser."""
        return await self._call("AdminListGroupsForUser", responses.Groups, self._user(username) | _next(cursor))

    async def admin_add_user_to_group(self, username: str, group: str) -> None:
        """Add a user to a group. API page: AdminAddUserToGroup."""
        await self._perform("AdminAddUserToGroup", self._user(username) | {"GroupName": group})

    async def admin_remove_user_from_group(self, username: str, group: str) -> None:
        """Remove a user from a group. API page: AdminRemoveUserFromGroup."""
        await self._perform("AdminRemoveUserFromGroup", self._user(username) | {"GroupName": group})

    async def list_groups(self, cursor: str | None) -> responses.Groups:
        """Return groups of the pool. API page: ListGroups."""
        return await self._call("ListGroups", responses.Groups, self._pool | _next(cursor))

    async def create_group(self, name: str, description: str | None, precedence: int | None) -> responses.Group:
        """Create a group. API page: CreateGroup."""
        given = {"Description": description, "Precedence": precedence}
        request = {"GroupName": name} | {key: value for key, value in given.items() if value is not None}
        return (await self._call("CreateGroup", responses.OneGroup, self._pool | request)).group

    async def delete_group(self, name: str) -> None:
        """Delete a group, but not its members. API page: DeleteGroup."""
        await self._perform("DeleteGroup", self._pool | {"GroupName": name})

    async def list_users_in_group(self, name: str, cursor: str | None) -> responses.GroupMembers:
        """Return members of a group. API page: ListUsersInGroup."""
        request = self._pool | {"GroupName": name} | _next(cursor)
        return await self._call("ListUsersInGroup", responses.GroupMembers, request)

    async def _invite(self, email: str, more: dict[str, Any]) -> responses.PoolUser:
        request = self._user(email) | {"DesiredDeliveryMediums": ["EMAIL"]} | more
        return (await self._call("AdminCreateUser", responses.CreatedUser, request)).user

    def _user(self, username: str) -> dict[str, Any]:
        return self._pool | {"Username": username}


def _next(cursor: str | None) -> dict[str, str]:
    return {"NextToken": cursor} if cursor else {}
