"""Unsupported options: requests that use them are refused with the name of the option."""

from collections.abc import Callable

from local.cognito.emulator import Json, section

_POOL: dict[str, Callable[[Json], object]] = {
    "Sign-in by phone number": lambda data: (
        "phone_number" in [*(data.get("UsernameAttributes") or []), *(data.get("AliasAttributes") or [])]
    ),
    "Verification of phone numbers": lambda data: "phone_number" in (data.get("AutoVerifiedAttributes") or []),
    "SmsConfiguration": lambda data: data.get("SmsConfiguration"),
    "DeviceConfiguration": lambda data: data.get("DeviceConfiguration"),
    "CustomEmailSender": lambda data: section(data, "LambdaConfig").get("CustomEmailSender"),
    "CustomSMSSender": lambda data: section(data, "LambdaConfig").get("CustomSMSSender"),
    "The first factor SMS_OTP": lambda data: (
        "SMS_OTP" in (section(data, "Policies", "SignInPolicy").get("AllowedFirstAuthFactors") or [])
    ),
}
_NOT_DONE: dict[str, dict[str, Callable[[Json], object]]] = {
    "CreateUserPool": _POOL,
    "UpdateUserPool": _POOL,
    "SetUserPoolMfaConfig": {
        "SmsMfaConfiguration": lambda data: section(data, "SmsMfaConfiguration", "SmsConfiguration")
    },
    "AdminCreateUser": {"Delivery by SMS": lambda data: data.get("DesiredDeliveryMediums") == ["SMS"]},
    "SetUserMFAPreference": {"WebAuthnMfaSettings": lambda data: section(data, "WebAuthnMfaSettings").get("Enabled")},
}


def not_done(action: str, data: Json) -> str | None:
    """Return the name of an unsupported option that the request uses, or None."""
    return next((option for option, asked in _NOT_DONE.get(action, {}).items() if asked(data)), None)
