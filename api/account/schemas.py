"""Request and response bodies of /me."""

import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field, model_validator

from api.cognito.users import SecondFactors
from api.web.fields import Code, Form, NewEmailAddress, RequestBody, code_of, composed

# Ids that Cognito gives to passkeys and devices.
Identifier = Annotated[
    str, Path(min_length=1, max_length=2048), Form(r"^[A-Za-z0-9_=-]+$", "It must be an id as it was returned.")
]
_WEB = re.compile(r"https://[^\s\x00-\x1f]+")


@cache
def _zones() -> frozenset[str]:
    """Return the names of the IANA database, the same on every host: a minimal image has none, others have more."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split()) - {"Factory"}


def _zone(value: str) -> str:
    if value.strip() not in _zones():
        message = "It must be a time zone of the IANA database, such as Europe/Berlin."
        raise ValueError(message)
    return value.strip()


def _web_address(value: str) -> str:
    if not _WEB.fullmatch(value.strip()):
        message = "It must be an https URL."
        raise ValueError(message)
    return value.strip()


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(_NO_DAY) from None


_NO_DAY = "It must be a day such as 1815-12-10."
_Name = Annotated[
    str,
    Field(min_length=1, max_length=256, examples=["Ada"]),
    Form(
        r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        "It must contain letters, and no control characters.",
        composed,
    ),
]
_WebAddress = Annotated[str, Field(max_length=2048), AfterValidator(_web_address)]
_Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"]), AfterValidator(_zone)]
_Locale = Annotated[
    str,
    Field(examples=["en-GB"]),
    Form(r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$", "It must be a language tag such as en-GB."),
]
_Date = Annotated[
    str,
    Field(examples=["1815-12-10"]),
    Form(r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", _NO_DAY, _day),
]


class ProfileUpdate(RequestBody):
    """Changes to the profile (RFC 7396): absent fields keep their value, null deletes it.

    The fields are OpenID Connect claims (Core, section 5.1). PROFILE_ATTRIBUTES lists those that may be changed.
    """

    email: Annotated[
        NewEmailAddress | None, Field(description="The address changes once the code sent to the new one is verified.")
    ] = None
    name: _Name | None = None
    given_name: _Name | None = None
    family_name: _Name | None = None
    middle_name: _Name | None = None
    nickname: _Name | None = None
    gender: _Name | None = None
    birthdate: _Date | None = None
    zoneinfo: _Zone | None = None
    locale: _Locale | None = None
    picture: _WebAddress | None = None
    website: _WebAddress | None = None

    @model_validator(mode="after")
    def _keeps_an_address(self) -> Self:
        if "email" in self.model_fields_set and self.email is None:
            message = "The address cannot be deleted."
            raise ValueError(message)
        return self


class ProfileResponse(BaseModel):
    """The user's profile, with the attributes listed in PROFILE_ATTRIBUTES."""

    sub: Annotated[str, Field(description="Stable user identifier.")]
    email: str | None = None
    email_verified: bool = False
    pending_email: Annotated[
        str | None, Field(description="The new address of this request, until the code sent to it is verified.")
    ] = None
    attributes: Annotated[dict[str, str], Field(examples=[{"given_name": "Ada"}])]
    second_factors: SecondFactors


class EmailCode(RequestBody):
    """The code sent to the new address."""

    code: Code


class TotpCode(RequestBody):
    """The first code of a new secret, from the authenticator app."""

    code: Annotated[
        str, Field(max_length=64, examples=["123456"]), code_of("{6}", "The code of the app has six digits.")
    ]


class SecondFactorPreference(RequestBody):
    """Whether a second factor is enabled, and whether it is the preferred one."""

    enabled: bool
    preferred: bool = False

    @model_validator(mode="after")
    def _is_preferred_only_when_enabled(self) -> Self:
        if self.preferred and not self.enabled:
            message = "A preferred factor must be enabled."
            raise ValueError(message)
        return self


class SecondFactorsUpdate(RequestBody):
    """Changes to the second factors; absent factors stay unchanged."""

    totp: SecondFactorPreference | None = None
    email: SecondFactorPreference | None = None
    sms: SecondFactorPreference | None = None

    @model_validator(mode="after")
    def _says_something_once(self) -> Self:
        given = [factor for factor in (self.totp, self.email, self.sms) if factor]
        if not given:
            message = "At least one of totp, email and sms is required."
            raise ValueError(message)
        if sum(factor.preferred for factor in given) > 1:
            message = "Only one factor can be preferred."
            raise ValueError(message)
        return self


class PasskeyRegistration(RequestBody):
    """The passkey that the authenticator created."""

    credential: Annotated[
        dict[str, Any], Field(description="RegistrationResponseJSON (Web Authentication Level 3, section 5.1.8).")
    ]


class PasskeyResponse(BaseModel):
    """A passkey; times are seconds since 1970."""

    id: str
    name: str
    relying_party: str
    transports: list[str]
    created_at: int


class DeviceResponse(BaseModel):
    """A remembered device; times are seconds since 1970."""

    key: str
    attributes: dict[str, str]
    created_at: int | None = None
    last_used_at: int | None = None


class UserSessionResponse(BaseModel):
    """A session of the user, at any client; times are seconds since 1970."""

    id: str
    client_id: str | None = None
    ip_address: str | None = None
    device: str | None = None
    created_at: int | None = None
    last_active_at: int | None = None
    current: bool


class ExportResponse(BaseModel):
    """All data that Cognito stores about the user; features that the pool does not offer are absent."""

    username: str
    attributes: dict[str, str]
    second_factors: SecondFactors
    groups: list[str]
    passkeys: list[PasskeyResponse] | None = None
    devices: list[DeviceResponse] | None = None
    sessions: list[UserSessionResponse] | None = None
