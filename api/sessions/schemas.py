"""Request and response bodies of sessions."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.web.fields import RequestBody, Token


class TokenResponse(BaseModel):
    """An access token response (RFC 6749, section 5.1, and OpenID Connect Core, section 3.1.3.3)."""

    access_token: Annotated[str, Field(description="JWT for the Authorization header, for this API and for yours.")]
    id_token: Annotated[str, Field(description="JWT with the user's identity.")]
    refresh_token: Annotated[str, Field(description="Opaque; protect it like a password.")]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a type, not a token
    expires_in: Annotated[int, Field(description="Lifetime of the access token in seconds.", examples=[3600])]


class CookieSessionResponse(BaseModel):
    """A session with its tokens in cookies. Request it with `X-Session: cookie` if cookie sessions are enabled."""

    csrf_token: Annotated[
        str, Field(description="Send it as X-CSRF-Token with POST, PUT, PATCH and DELETE; GET responses repeat it.")
    ]
    expires_in: Annotated[int, Field(description="Seconds until the session renews automatically.", examples=[3600])]


class RefreshRequest(RequestBody):
    """The refresh token of a session."""

    refresh_token: Token


class SessionResponse(BaseModel):
    """The user, scopes and groups of an access token; times are seconds since 1970."""

    sub: Annotated[str, Field(description="Stable user identifier.", examples=["7d8c9c1e-0000-4000-8000-000000000000"])]
    username: str
    client_id: str
    scopes: list[str]
    groups: list[str]
    auth_time: Annotated[int, Field(description="When the user signed in.", examples=[1767225600])]
    expires_at: Annotated[int, Field(description="When the token expires.", examples=[1767229200])]


class LogoutRequest(RequestBody):
    """The access token of the session, as an alternative to the Authorization header."""

    access_token: Token
