"""Cognito operations called by each administration route: the basis of the IAM policy, verified by a test."""

_GET = "AdminGetUser"

# Operation ids of OpenAPI -> operations of Cognito.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "admin_list_users": ("ListUsers",),
    "admin_create_user": ("AdminCreateUser",),
    "admin_invite_again": (_GET, "AdminCreateUser"),
    "admin_get_user": (_GET,),
    "admin_update_user": (_GET, "AdminUpdateUserAttributes", "AdminUserGlobalSignOut"),
    "admin_delete_user": (_GET, "AdminDeleteUser"),
    "admin_enable_user": ("AdminEnableUser",),
    "admin_disable_user": (_GET, "AdminDisableUser", "AdminUserGlobalSignOut"),
    "admin_reset_password": (_GET, "AdminResetUserPassword", "AdminUserGlobalSignOut"),
    "admin_confirm_user": (
        _GET,
        "AdminConfirmSignUp",
        "AdminUpdateUserAttributes",
        "AdminResetUserPassword",
        "AdminUserGlobalSignOut",
    ),
    "admin_sign_out_user": (_GET, "AdminUserGlobalSignOut"),
    "admin_remove_second_factors": (_GET, "AdminSetUserMFAPreference", "AdminUserGlobalSignOut"),
    "admin_list_groups_of_user": ("AdminListGroupsForUser",),
    "admin_add_to_group": (_GET, "AdminAddUserToGroup"),
    "admin_remove_from_group": (_GET, "AdminRemoveUserFromGroup"),
    "admin_list_groups": ("ListGroups",),
    "admin_create_group": ("CreateGroup",),
    "admin_delete_group": ("DeleteGroup",),
    "admin_list_members": ("ListUsersInGroup",),
}
