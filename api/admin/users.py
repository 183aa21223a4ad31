"""/admin/users."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator

from api import errors
from api.admin.dependencies import (
    CHANGE_OF_ONE,
    OF_ONE,
    PROBLEMS,
    Administrator,
    Cursor,
    RecentAdministrator,
    Username,
    counted_service,
)
from api.admin.raw_path_route import RawPathRoute
from api.admin.schemas import InvitationRequest, UserPage, UserResponse, UserUpdate
from api.admin.service import user_response
from api.web.fields import without_controls
from api.web.problems import problem_responses

router = APIRouter(tags=["administration"], prefix="/admin/users", route_class=RawPathRoute)

_INVITATION = (
    *CHANGE_OF_ONE,
    errors.EmailInUse,
    errors.Conflict,
    errors.InvalidPassword,
    errors.CodeDeliveryFailed,
    errors.ActionRejected,
)


@router.get(
    "",
    operation_id="admin_list_users",
    summary="List and search users",
    response_model_exclude_none=True,
    responses=problem_responses(*PROBLEMS),
)
async def list_users(
    request: Request,
    by: Administrator,
    search: Annotated[
        Annotated[str, AfterValidator(without_controls)] | None,
        Query(min_length=1, max_length=128, description="Prefix of the e-mail address."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=60)] = 60,
    cursor: Cursor = None,
) -> UserPage:
    """Return a page of users, in Cognito's order."""
    service = await counted_service(request, by)
    page = await service.gateway.list_users(search and search.strip().lower(), limit, cursor)
    return UserPage(users=[user_response(user) for user in page.users], cursor=page.cursor)


@router.post(
    "",
    operation_id="admin_create_user",
    summary="Invite a user",
    status_code=201,
    response_model_exclude_none=True,
    responses=problem_responses(*_INVITATION),
)
async def create_user(body: InvitationRequest, request: Request, by: RecentAdministrator) -> UserResponse:
    """Create an account and e-mail a temporary password, to be replaced at the first login."""
    service = await counted_service(request, by, body.email, mailbox=body.email)
    return await service.invite(body.email, by)


@router.post(
    "/{username}/invitation",
    operation_id="admin_invite_again",
    summary="Invite a user again",
    status_code=202,
    response_model_exclude_none=True,
    responses=problem_responses(*_INVITATION),
)
async def invite_again(username: Username, request: Request, by: RecentAdministrator) -> UserResponse:
    """E-mail a new temporary password to a user that has not accepted an invitation, or let it expire."""
    service = await counted_service(request, by, username, mailbox=username)
    return await service.invite_again(username, by)


@router.get(
    "/{username}",
    operation_id="admin_get_user",
    summary="Show a user",
    response_model_exclude_none=True,
    responses=problem_responses(*OF_ONE),
)
async def get_user(username: Username, request: Request, by: Administrator) -> UserResponse:
    """Return a user with all attributes."""
    service = await counted_service(request, by, username)
    return await service.get(username)


@router.patch(
    "/{username}",
    operation_id="admin_update_user",
    summary="Change a user",
    response_model_exclude_none=True,
    responses=problem_responses(*CHANGE_OF_ONE, errors.EmailInUse, errors.ActionRejected, errors.Conflict),
)
async def update_user(username: Username, body: UserUpdate, request: Request, by: RecentAdministrator) -> UserResponse:
    """Change attributes of a user. PATCH /me changes your own address."""
    service = await counted_service(request, by, username)
    return await service.update(username, body, by)


@router.delete(
    "/{username}",
    operation_id="admin_delete_user",
    summary="Delete a user",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def delete_user(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Delete a user permanently. You cannot delete yourself."""
    await (await counted_service(request, by, username)).delete(username, by)


@router.post(
    "/{username}/enable",
    operation_id="admin_enable_user",
    summary="Enable a user",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE),
)
async def enable_user(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Let a user sign in again."""
    await (await counted_service(request, by, username)).gateway.admin_enable_user(username)


@router.post(
    "/{username}/disable",
    operation_id="admin_disable_user",
    summary="Disable a user",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def disable_user(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Prevent a user from signing in, and end every session. You cannot disable yourself."""
    await (await counted_service(request, by, username)).disable(username, by)


@router.post(
    "/{username}/reset-password",
    operation_id="admin_reset_password",
    summary="Reset a user's password",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.ActionRejected, errors.Conflict),
)
async def reset_password(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Invalidate the password, e-mail a code for POST /password/reset, and end every session."""
    await (await counted_service(request, by, username, mailbox=username)).reset_password(username)


@router.post(
    "/{username}/confirm",
    operation_id="admin_confirm_user",
    summary="Confirm a sign-up",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict, errors.EmailInUse, errors.ActionRejected),
)
async def confirm_user(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Confirm a sign-up without its code; the address stays unverified.

    If it is not known to be the only sign-up of the address, the address is taken as verified, and a code is mailed
    with which the owner of the mailbox sets a password.
    """
    await (await counted_service(request, by, username, mailbox=username)).confirm(username)


@router.post(
    "/{username}/sign-out",
    operation_id="admin_sign_out_user",
    summary="Sign a user out everywhere",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE),
)
async def sign_out_user(username: Username, request: Request, by: RecentAdministrator) -> None:
    """End every session of a user."""
    await (await counted_service(request, by, username)).sign_out(username)


@router.delete(
    "/{username}/mfa",
    operation_id="admin_remove_second_factors",
    summary="Remove a user's second factors",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def remove_second_factors(username: Username, request: Request, by: RecentAdministrator) -> None:
    """Disable all second factors of another user (a lost device, for example), and end every session."""
    await (await counted_service(request, by, username)).remove_second_factors(username, by)
