"""/me/mfa, /me/passkeys, /me/devices and /me/sessions: what a person signs in with, and where."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import errors
from api.account import views
from api.account.router import BEARER
from api.account.schemas import (
    DeviceResponse,
    PasskeyRegistration,
    PasskeyResponse,
    SecondFactorsUpdate,
    TotpCode,
    UserSessionResponse,
)
from api.caller import Caller
from api.dependencies import CurrentCaller, RecentCaller
from api.factors.totp import TotpSetup
from api.problems import responses
from api.rate_limits import ACCOUNT, ACCOUNT_READ, VERIFICATION
from api.requests import JsonRoute
from api.runtime import Runtime, runtime_of

router = APIRouter(tags=["factors"], prefix="/me", route_class=JsonRoute)

Identifier = Annotated[str, Path(min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9_=-]+$")]
SessionId = Annotated[str, Path(pattern=r"^(tkn|sso)[a-z0-9]{25}$")]
_PASSKEYS = (*BEARER, errors.LoginTooOld)


async def _admitted(request: Request, caller: Caller) -> Runtime:
    runtime = runtime_of(request)
    await runtime.admit(request, ACCOUNT_READ if request.method == "GET" else ACCOUNT, caller.principal.sub)
    return runtime


@router.post(
    "/mfa/totp",
    operation_id="set_up_totp",
    summary="Set up an authenticator app",
    responses=responses(*BEARER, errors.LoginTooOld, errors.MfaNotEnrolled, errors.Conflict),
)
async def set_up_totp(request: Request, caller: RecentCaller) -> TotpSetup:
    """Return a new secret; it counts once POST /me/mfa/totp/verify has had its first code. It needs a recent login."""
    return await (await _admitted(request, caller)).accounts.set_up_totp(caller)


@router.post(
    "/mfa/totp/verify",
    operation_id="verify_totp",
    summary="Verify the authenticator app",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.LoginTooOld, errors.InvalidCode, errors.MfaNotEnrolled),
)
async def verify_totp(body: TotpCode, request: Request, caller: RecentCaller) -> None:
    """Take the secret over; PUT /me/mfa then enables it as a second factor."""
    runtime = runtime_of(request)
    await runtime.admit(request, VERIFICATION, caller.principal.sub)
    await runtime.account.verify_software_token(caller.access_token, body.code)


@router.put(
    "/mfa",
    operation_id="set_second_factors",
    summary="Choose my second factors",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.LoginTooOld),
)
async def set_second_factors(body: SecondFactorsUpdate, request: Request, caller: RecentCaller) -> None:
    """Enable, prefer or disable second factors. It needs a recent login."""
    runtime = await _admitted(request, caller)
    preferences = {
        kind: (preference.enabled, preference.preferred)
        for kind, preference in (("totp", body.totp), ("email", body.email), ("sms", body.sms))
        if preference is not None
    }
    await runtime.account.set_user_mfa_preference(caller.access_token, preferences)


@router.post(
    "/passkeys/options",
    operation_id="start_passkey",
    summary="Begin to add a passkey",
    responses=responses(*_PASSKEYS),
)
async def start_passkey(request: Request, caller: RecentCaller) -> dict[str, object]:
    """Return PublicKeyCredentialCreationOptionsJSON for `navigator.credentials.create`. It needs a recent login."""
    runtime = await _admitted(request, caller)
    return await runtime.account.start_web_authn_registration(caller.access_token)


@router.post(
    "/passkeys",
    operation_id="add_passkey",
    summary="Add a passkey",
    status_code=201,
    response_class=Response,
    responses=responses(*_PASSKEYS, errors.PasskeyChallengeExpired, errors.PasskeyNotSupported, errors.PasskeyRejected),
)
async def add_passkey(body: PasskeyRegistration, request: Request, caller: RecentCaller) -> None:
    """Add the passkey that the authenticator made."""
    runtime = await _admitted(request, caller)
    await runtime.account.complete_web_authn_registration(caller.access_token, body.credential)


@router.get("/passkeys", operation_id="list_passkeys", summary="List my passkeys", responses=responses(*BEARER))
async def list_passkeys(request: Request, caller: CurrentCaller) -> list[PasskeyResponse]:
    """Return all passkeys."""
    runtime = await _admitted(request, caller)
    rows = await runtime.account.list_web_authn_credentials(caller.access_token)
    return [views.passkey(row) for row in rows]


@router.delete(
    "/passkeys/{identifier}",
    operation_id="delete_passkey",
    summary="Delete a passkey",
    status_code=204,
    response_class=Response,
    responses=responses(*_PASSKEYS, errors.ResourceMissing),
)
async def delete_passkey(identifier: Identifier, request: Request, caller: RecentCaller) -> None:
    """Delete a passkey. It needs a recent login."""
    runtime = await _admitted(request, caller)
    await runtime.account.delete_web_authn_credential(caller.access_token, identifier)


@router.get(
    "/devices",
    operation_id="list_devices",
    summary="List my devices",
    response_model_exclude_none=True,
    responses=responses(*BEARER, errors.FeatureNotEnabled),
)
async def list_devices(request: Request, caller: CurrentCaller) -> list[DeviceResponse]:
    """Return the devices that the pool remembers."""
    runtime = await _admitted(request, caller)
    return [views.device(row) for row in await runtime.account.list_devices(caller.access_token)]


@router.delete(
    "/devices/{identifier}",
    operation_id="forget_device",
    summary="Forget a device",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.ResourceMissing, errors.FeatureNotEnabled),
)
async def forget_device(identifier: Identifier, request: Request, caller: CurrentCaller) -> None:
    """Forget a device: its next sign-in is one of a new device."""
    runtime = await _admitted(request, caller)
    await runtime.account.forget_device(caller.access_token, identifier)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="List my sessions",
    response_model_exclude_none=True,
    responses=responses(*BEARER, errors.FeatureNotEnabled),
)
async def list_sessions(request: Request, caller: CurrentCaller) -> list[UserSessionResponse]:
    """Return the sessions of the person, at every client, where the pool keeps them."""
    runtime = await _admitted(request, caller)
    return [views.session(row) for row in await runtime.account.list_user_sessions(caller.access_token)]


@router.delete(
    "/sessions/{identifier}",
    operation_id="end_session",
    summary="End a session of mine",
    status_code=204,
    response_class=Response,
    responses=responses(*BEARER, errors.ResourceMissing, errors.FeatureNotEnabled),
)
async def end_session(identifier: SessionId, request: Request, caller: CurrentCaller) -> None:
    """End one session, not this one: POST /logout is for that. Its access token counts here until it expires."""
    runtime = await _admitted(request, caller)
    await runtime.account.revoke_user_session(caller.access_token, identifier)
