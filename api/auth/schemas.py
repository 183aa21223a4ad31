"""Bodies of sign-in and sign-out."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from api.factors.totp import TotpSetup
from api.schemas import EmailAddress, Password, RequestBody, Token


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


class TokenResponse(BaseModel):
    """An access token response (RFC 6749, section 5.1, and OpenID Connect Core, section 3.1.3.3)."""

    access_token: Annotated[str, Field(description="JWT for the Authorization header of this API and of yours.")]
    id_token: Annotated[str, Field(description="JWT that says who the user is.")]
    refresh_token: Annotated[str, Field(description="Opaque; keep it as safe as a password.")]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a type, not a token
    expires_in: Annotated[int, Field(description="Life of the access token in seconds.", examples=[3600])]


class CookieSessionResponse(BaseModel):
    """A session whose tokens are in cookies: asked for with the header `X-Session: cookie`, where those are on."""

    csrf_token: Annotated[
        str, Field(description="Send it as X-CSRF-Token with whatever changes something; any GET shows it again.")
    ]
    expires_in: Annotated[int, Field(description="Seconds until the session is renewed by itself.", examples=[3600])]


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


class RefreshRequest(RequestBody):
    """The refresh token of a session."""

    refresh_token: Token


class SessionResponse(BaseModel):
    """Whom an access token speaks for; times are seconds since 1970."""

    sub: Annotated[str, Field(description="The user, for ever.", examples=["7d8c9c1e-0000-4000-8000-000000000000"])]
    username: str
    client_id: str
    scopes: list[str]
    groups: list[str]
    auth_time: Annotated[int, Field(description="When the user signed in.", examples=[1767225600])]
    expires_at: Annotated[int, Field(description="When the token ends.", examples=[1767229200])]


class LogoutRequest(RequestBody):
    """The access token of the session; the bearer header does as well."""

    access_token: Token
