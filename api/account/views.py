"""Cognito's answers as this API shows them."""

from collections.abc import Sequence

from api.account.schemas import DeviceResponse, PasskeyResponse, SecondFactors, UserSessionResponse
from api.cognito import answers


def attributes_of(rows: Sequence[answers.Attribute]) -> dict[str, str]:
    """Return attributes by name."""
    return {row.name: row.value for row in rows}


def second_factors(user: answers.User | answers.AdminUser) -> SecondFactors:
    """Return the second factors of a user."""
    return SecondFactors(enabled=user.user_mfa_setting_list, preferred=user.preferred_mfa_setting or None)


def passkey(row: answers.Passkey) -> PasskeyResponse:
    """Return a passkey."""
    return PasskeyResponse(
        id=row.credential_id,
        name=row.friendly_credential_name,
        relying_party=row.relying_party_id,
        transports=row.authenticator_transports,
        created_at=int(row.created_at),
    )


def device(row: answers.Device) -> DeviceResponse:
    """Return a device."""
    return DeviceResponse(
        key=row.device_key,
        attributes=attributes_of(row.device_attributes),
        created_at=seconds(row.device_create_date),
        last_used_at=seconds(row.device_last_authenticated_date),
    )


def session(row: answers.UserSession) -> UserSessionResponse:
    """Return a session."""
    return UserSessionResponse(
        id=row.session_id,
        client_id=row.client_id,
        ip_address=row.last_ip_address,
        device=row.device_type,
        created_at=seconds(row.create_date),
        last_active_at=seconds(row.last_active_date),
        current=row.is_current_session,
    )


def seconds(time: float | None) -> int | None:
    """Return a time in whole seconds since 1970."""
    return int(time) if time is not None else None
