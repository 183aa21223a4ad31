"""Bodies of sessions."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.web.fields import RequestBody, Token


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
