"""/me/mfa and /me/passkeys."""

from fastapi import APIRouter, Request, Response

from api import errors
from api.abuse_protection.attempts import count_attempt
from api.abuse_protection.limits import ACCOUNT, CODES, VERIFICATION
from api.account import views
from api.account.dependencies import BEARER, counted_gateway, gateway_of, profile_of
from api.account.schemas import (
    Identifier,
    PasskeyRegistration,
    PasskeyResponse,
    SecondFactorsUpdate,
    TotpCode,
)
from api.kit.totp import TotpSetup
from api.notices.address import note_address
from api.web.dependencies import CurrentCaller, RecentCaller
from api.web.json_route import JsonRoute
from api.web.problems import problem_responses
from cognito_tokens import errors as token_errors

router = APIRouter(tags=["factors"], prefix="/me", route_class=JsonRoute)

_PASSKEYS = (*BEARER, token_errors.LoginTooOld)


@router.post(
    "/mfa/totp",
    operation_id="set_up_totp",
    summary="Set up an authenticator app",
    responses=problem_responses(*BEARER, token_errors.LoginTooOld, errors.MfaNotEnrolled, errors.Conflict),
)
async def set_up_totp(request: Request, caller: RecentCaller) -> TotpSetup:
    """Return a new secret, valid once POST /me/mfa/totp/verify has received its first code. Requires a recent login."""
    await count_attempt(request, ACCOUNT, caller.principal.sub)
    return await profile_of(request).set_up_totp(caller)


@router.post(
    "/mfa/totp/verify",
    operation_id="verify_totp",
    summary="Verify the authenticator app",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*BEARER, token_errors.LoginTooOld, errors.InvalidCode, errors.MfaNotEnrolled),
)
async def verify_totp(body: TotpCode, request: Request, caller: RecentCaller) -> None:
    """Verify the first code of the secret; PUT /me/mfa then enables it as a second factor."""
    await count_attempt(request, VERIFICATION, caller.principal.sub, guesses=CODES)
    await note_address(request, caller)
    await gateway_of(request).verify_software_token(caller.access_token, body.code)


@router.put(
    "/mfa",
    operation_id="set_second_factors",
    summary="Choose my second factors",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*BEARER, token_errors.LoginTooOld, errors.MfaNotEnrolled),
)
async def set_second_factors(body: SecondFactorsUpdate, request: Request, caller: RecentCaller) -> None:
    """Enable, prefer or disable second factors. Requires a recent login.

    Enabling one ends every session of an administrator: the next login asks for it.
    """
    await count_attempt(request, ACCOUNT, caller.principal.sub)
    preferences = {
        kind: (preference.enabled, preference.preferred)
        for kind, preference in (("totp", body.totp), ("email", body.email), ("sms", body.sms))
        if preference is not None
    }
    await note_address(request, caller)
    await profile_of(request).set_second_factors(caller, preferences)


@router.post(
    "/passkeys/options",
    operation_id="start_passkey",
    summary="Start adding a passkey",
    responses=problem_responses(*_PASSKEYS),
)
async def start_passkey(request: Request, caller: RecentCaller) -> dict[str, object]:
    """Return PublicKeyCredentialCreationOptionsJSON for `navigator.credentials.create`. Requires a recent login."""
    gateway = await counted_gateway(request, caller)
    return await gateway.start_web_authn_registration(caller.access_token)


@router.post(
    "/passkeys",
    operation_id="add_passkey",
    summary="Add a passkey",
    status_code=201,
    response_class=Response,
    responses=problem_responses(
        *_PASSKEYS, errors.PasskeyChallengeExpired, errors.PasskeyNotSupported, errors.PasskeyRejected
    ),
)
async def add_passkey(body: PasskeyRegistration, request: Request, caller: RecentCaller) -> None:
    """Add the passkey that the authenticator created."""
    gateway = await counted_gateway(request, caller)
    await note_address(request, caller)
    await gateway.complete_web_authn_registration(caller.access_token, body.credential)


@router.get("/passkeys", operation_id="list_passkeys", summary="List my passkeys", responses=problem_responses(*BEARER))
async def list_passkeys(request: Request, caller: CurrentCaller) -> list[PasskeyResponse]:
    """Return all passkeys."""
    gateway = await counted_gateway(request, caller)
    rows = await gateway.list_web_authn_credentials(caller.access_token)
    return [views.passkey(row) for row in rows]


@router.delete(
    "/passkeys/{identifier}",
    operation_id="delete_passkey",
    summary="Delete a passkey",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*_PASSKEYS, errors.ResourceMissing),
)
async def delete_passkey(identifier: Identifier, request: Request, caller: RecentCaller) -> None:
    """Delete a passkey. Requires a recent login."""
    gateway = await counted_gateway(request, caller)
    await note_address(request, caller)
    await gateway.delete_web_authn_credential(caller.access_token, identifier)
