"""/admin/groups, and the groups of a user."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import errors
from api.admin.dependencies import (
    CHANGE_OF_ONE,
    CHANGE_PROBLEMS,
    OF_ONE,
    PROBLEMS,
    Administrator,
    Cursor,
    RecentAdministrator,
    Username,
    counted_service,
)
from api.admin.raw_path_route import RawPathRoute
from api.admin.schemas import GroupName, GroupPage, GroupRequest, GroupResponse, UserPage
from api.admin.service import user_response
from api.cognito import responses
from api.web.problems import problem_responses

router = APIRouter(tags=["administration"], prefix="/admin", route_class=RawPathRoute)

Group = Annotated[GroupName, Path(description="The group's name.")]


@router.get(
    "/users/{username}/groups",
    operation_id="admin_list_groups_of_user",
    summary="List a user's groups",
    response_model_exclude_none=True,
    responses=problem_responses(*OF_ONE),
)
async def list_groups_of_user(
    username: Username, request: Request, by: Administrator, cursor: Cursor = None
) -> GroupPage:
    """Return a page of the groups that a user is in."""
    service = await counted_service(request, by, username)
    return _page(await service.gateway.admin_list_groups_for_user(username, cursor))


@router.put(
    "/users/{username}/groups/{group}",
    operation_id="admin_add_to_group",
    summary="Add a user to a group",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def add_to_group(username: Username, group: Group, request: Request, by: RecentAdministrator) -> None:
    """Add a user to a group; the user's next token contains it. You cannot change your own groups."""
    await (await counted_service(request, by, username, group)).add_to_group(username, group, by)


@router.delete(
    "/users/{username}/groups/{group}",
    operation_id="admin_remove_from_group",
    summary="Remove a user from a group",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def remove_from_group(username: Username, group: Group, request: Request, by: RecentAdministrator) -> None:
    """Remove a user from a group and end the user's sessions. You cannot change your own groups."""
    service = await counted_service(request, by, username, group)
    await service.remove_from_group(username, group, by)


@router.get(
    "/groups",
    operation_id="admin_list_groups",
    summary="List groups",
    response_model_exclude_none=True,
    responses=problem_responses(*PROBLEMS),
)
async def list_groups(request: Request, by: Administrator, cursor: Cursor = None) -> GroupPage:
    """Return a page of groups."""
    return _page(await (await counted_service(request, by)).gateway.list_groups(cursor))


@router.post(
    "/groups",
    operation_id="admin_create_group",
    summary="Create a group",
    status_code=201,
    response_model_exclude_none=True,
    responses=problem_responses(*CHANGE_PROBLEMS, errors.Conflict),
)
async def create_group(body: GroupRequest, request: Request, by: RecentAdministrator) -> GroupResponse:
    """Create a group; the tokens of its members contain it."""
    service = await counted_service(request, by, group=body.name)
    return _group(await service.gateway.create_group(body.name, body.description, body.precedence))


@router.delete(
    "/groups/{group}",
    operation_id="admin_delete_group",
    summary="Delete a group",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGE_OF_ONE, errors.Conflict),
)
async def delete_group(group: Group, request: Request, by: RecentAdministrator) -> None:
    """Delete a group, but not its members; tokens contain it until they expire. ADMIN_GROUP cannot be deleted."""
    service = await counted_service(request, by, group=group)
    if group == request.app.state.admin_group:
        raise errors.Conflict
    await service.gateway.delete_group(group)


@router.get(
    "/groups/{group}/users",
    operation_id="admin_list_members",
    summary="List a group's members",
    response_model_exclude_none=True,
    responses=problem_responses(*OF_ONE),
)
async def list_members(group: Group, request: Request, by: Administrator, cursor: Cursor = None) -> UserPage:
    """Return a page of members."""
    page = await (await counted_service(request, by, group=group)).gateway.list_users_in_group(group, cursor)
    return UserPage(users=[user_response(user) for user in page.users], cursor=page.cursor)


def _group(row: responses.Group) -> GroupResponse:
    return GroupResponse(name=row.group_name, description=row.description, precedence=row.precedence)


def _page(page: responses.Groups) -> GroupPage:
    return GroupPage(groups=[_group(row) for row in page.groups], cursor=page.cursor)
