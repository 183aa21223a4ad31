"""/me/devices and /me/sessions."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import errors
from api.account import views
from api.account.dependencies import BEARER, counted_gateway
from api.account.schemas import DeviceResponse, Identifier, UserSessionResponse
from api.web.dependencies import CurrentCaller, RecentCaller
from api.web.fields import Form
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses
from cognito_tokens import errors as token_errors

router = APIRouter(tags=["factors"], prefix="/me", route_class=JsonRoute)

SessionId = Annotated[str, Path(), Form(r"^(tkn|sso)[a-z0-9]{25}$", "It must be the id of a session.")]


@router.get(
    "/devices",
    operation_id="list_devices",
    summary="List my devices",
    response_model_exclude_none=True,
    responses=problem_responses(*BEARER, errors.FeatureNotEnabled),
)
async def list_devices(request: Request, caller: CurrentCaller) -> list[DeviceResponse]:
    """Return the devices that the pool remembers."""
    gateway = await counted_gateway(request, caller)
    return [views.device(row) for row in await gateway.list_devices(caller.access_token)]


@router.delete(
    "/devices/{identifier}",
    operation_id="forget_device",
    summary="Forget a device",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*BEARER, errors.ResourceMissing, errors.FeatureNotEnabled),
)
async def forget_device(identifier: Identifier, request: Request, caller: CurrentCaller) -> None:
    """Forget a device; its next sign-in is treated as that of a new device."""
    gateway = await counted_gateway(request, caller)
    await gateway.forget_device(caller.access_token, identifier)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="List my sessions",
    response_model_exclude_none=True,
    responses=problem_responses(*BEARER, errors.FeatureNotEnabled),
)
async def list_sessions(request: Request, caller: CurrentCaller) -> list[UserSessionResponse]:
    """Return the user's sessions at all clients, if the pool records them."""
    gateway = await counted_gateway(request, caller)
    return [views.session(row) for row in await gateway.list_user_sessions(caller.access_token)]


@router.delete(
    "/sessions/{identifier}",
    operation_id="end_session",
    summary="End one of my sessions",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*BEARER, token_errors.LoginTooOld, errors.ResourceMissing, errors.FeatureNotEnabled),
)
async def end_session(identifier: SessionId, request: Request, caller: RecentCaller) -> None:
    """End another session; end this one with POST /logout. Requires a recent login.

    Its access token stays valid until it expires: Cognito does not tell which it is. POST /logout ends all at once.
    """
    gateway = await counted_gateway(request, caller)
    await gateway.revoke_user_session(caller.access_token, identifier)
