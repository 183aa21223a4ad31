"""Bodies of sign-in."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.kit.totp import TotpSetup
from api.web.fields import EmailAddress, Password, RequestBody


class LoginRequest(RequestBody):
    """Sign-in by e-mail address and password, or by the address and a factor that stands for the password."""

    email: EmailAddress
    password: Password | None = None
    preferred_challenge: Annotated[
        Literal["EMAIL_OTP", "WEB_AUTHN"] | None,
        Field(description="Without a password: a code by mail (the default) or a passkey."),
    ] = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.password is not None and self.preferred_challenge is not None:
            message = "preferred_challenge is for a sign-in without a password"
            raise ValueError(message)
        return self


class ChallengeParameters(BaseModel):
    """What a client needs to answer a challenge; each challenge has its own."""

    destination: Annotated[str | None, Field(description="Where the code went, masked.", examples=["a***@e***"])] = None
    choices: Annotated[list[str] | None, Field(description="What `answer` may be.")] = None
    required_attributes: Annotated[
        list[str] | None, Field(description="What `attributes` must hold, beside the new password.")
    ] = None
    credential_request_options: Annotated[
        dict[str, Any] | None,
        Field(description="PublicKeyCredentialRequestOptionsJSON (Web Authentication Level 3, section 5.1.8)."),
    ] = None
    totp: Annotated[TotpSetup | None, Field(description="The secret to set up before the answer.")] = None
    custom: Annotated[
        dict[str, str] | None, Field(description="What the pool's trigger sends with a CUSTOM_CHALLENGE.")
    ] = None


class ChallengeResponse(BaseModel):
    """One more step before the tokens: answer it at POST /login/challenge, within minutes."""

    challenge: Annotated[str, Field(description="Cognito's ChallengeName.", examples=["SOFTWARE_TOKEN_MFA"])]
    session: Annotated[str, Field(description="Opaque; send it back with the answer. It serves once.")]
    parameters: ChallengeParameters
