"""Request and response bodies of sign-in."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.kit.totp import TotpSetup
from api.web.fields import EmailAddress, Password, RequestBody


class LoginRequest(RequestBody):
    """Sign-in with an e-mail address and a password, or with the address and another first factor."""

    email: EmailAddress
    password: Password | None = None
    preferred_challenge: Annotated[
        Literal["EMAIL_OTP", "WEB_AUTHN"] | None,
        Field(description="First factor of a sign-in without a password: a code by e-mail (the default) or a passkey."),
    ] = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.password is not None and self.preferred_challenge is not None:
            message = "A password and preferred_challenge cannot be combined."
            raise ValueError(message)
        return self


class ChallengeParameters(BaseModel):
    """Parameters for responding to a challenge; each kind of challenge has its own."""

    destination: Annotated[str | None, Field(description="Where the code went, masked.", examples=["a***@e***"])] = None
    choices: Annotated[list[str] | None, Field(description="Allowed values of `answer`.")] = None
    required_attributes: Annotated[
        list[str] | None, Field(description="Attributes to send in `attributes`, in addition to the new password.")
    ] = None
    credential_request_options: Annotated[
        dict[str, Any] | None,
        Field(description="PublicKeyCredentialRequestOptionsJSON (Web Authentication Level 3, section 5.1.8)."),
    ] = None
    totp: Annotated[TotpSetup | None, Field(description="The TOTP secret to set up before responding.")] = None
    custom: Annotated[
        dict[str, str] | None, Field(description="Parameters from the pool's CUSTOM_CHALLENGE trigger.")
    ] = None


class ChallengeResponse(BaseModel):
    """A further step before tokens are issued: respond at POST /login/challenge within a few minutes."""

    challenge: Annotated[str, Field(description="Cognito's ChallengeName.", examples=["SOFTWARE_TOKEN_MFA"])]
    session: Annotated[
        str, Field(description="Opaque; return it with the response to this challenge. Valid for this challenge only.")
    ]
    parameters: ChallengeParameters
