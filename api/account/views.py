"""Conversion of Cognito's responses to this API's models."""

from api.account.schemas import DeviceResponse, PasskeyResponse, UserSessionResponse
from api.cognito import responses
from api.cognito.users import attributes_of, whole_seconds


def passkey(row: responses.Passkey) -> PasskeyResponse:
    """Return a passkey."""
    return PasskeyResponse(
        id=row.credential_id,
        name=row.friendly_credential_name,
        relying_party=row.relying_party_id,
        transports=row.authenticator_transports,
        created_at=int(row.created_at),
    )


def device(row: responses.Device) -> DeviceResponse:
    """Return a device."""
    return DeviceResponse(
        key=row.device_key,
        attributes=attributes_of(row.device_attributes),
        created_at=whole_seconds(row.device_create_date),
        last_used_at=whole_seconds(row.device_last_authenticated_date),
    )


def session(row: responses.UserSession) -> UserSessionResponse:
    """Return a session."""
    return UserSessionResponse(
        id=row.session_id,
        client_id=row.client_id,
        ip_address=row.last_ip_address,
        device=row.device_type,
        created_at=whole_seconds(row.create_date),
        last_active_at=whole_seconds(row.last_active_date),
        current=row.is_current_session,
    )
