"""Cookie sessions: tokens in cookies that the page's scripts cannot read, and so cannot leak.

Two cookies, both sealed, HttpOnly, Secure, SameSite=Lax and bound to this host (`__Host-`, RFC 6265bis, section
4.1.3.2): one holds the refresh token, the other the access token; together they would be too large for one cookie.
"""

import hmac
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from time import time

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from api.cognito.calls import TokenSet
from api.errors import FeatureNotEnabled
from api.kit.sealing import SealBrokenError, Sealer
from api.sessions.rotated import session_of
from cognito_tokens.errors import TokenError
from cognito_tokens.parsing import parse

logger = logging.getLogger(__name__)

ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
# Maximum lifetime of a refresh token (API_CreateUserPoolClient); Cognito enforces the shorter, configured one.
_LONGEST_SECONDS = 10 * 365 * 24 * 3600
# Browsers drop larger cookies (RFC 6265bis, section 5.6).
LARGEST = 4096
# An access token that expires within this time is renewed first.
_EARLY_SECONDS = 30
_LONGEST_NAME = 100


class SessionCookie(BaseModel):
    """Contents of the session cookie; the CSRF token is derived from ``id``, and ``session`` is the ``origin_jti``."""

    id: str
    refresh_token: str
    session: str = ""


class Identity(BaseModel):
    """What an ID token says about its user, for products behind a proxy; the address is empty until it is verified."""

    email: str = ""
    name: str = ""

    @classmethod
    def of(cls, tokens: TokenSet) -> "Identity":
        """Return the identity in tokens that Cognito has just issued; empty where the ID token is no JWT."""
        claims: dict[str, object] = {}
        with suppress(TokenError):
            claims = parse(tokens.id_token).claims
        email = claims.get("email") if claims.get("email_verified") is True else ""
        return cls(email=str(email or ""), name=str(claims.get("name") or "")[:_LONGEST_NAME])


class AccessCookie(BaseModel):
    """Contents of the access cookie; ``session`` is the id of its session cookie."""

    session: str
    access_token: str
    expires_at: int
    identity: Identity = Identity()


class DeviceCookie(BaseModel):
    """Contents of the device cookie: a user that has signed in with this browser."""

    sub: str


@dataclass(frozen=True)
class CookieSession:
    """The session in a request's cookies; without ``access_token`` it must be renewed.

    ``session`` is the ``origin_jti``, or empty if unknown.
    """

    id: str
    refresh_token: str
    session: str
    access_token: str | None
    identity: Identity = field(default_factory=Identity)


class Cookies:
    """Reads and writes sessions in cookies."""

    def __init__(
        self, sealing_secrets: tuple[str, ...], idle_seconds: int | None = None, domain: str | None = None
    ) -> None:
        """Seal with the first of ``sealing_secrets``, open with any; a session unused for ``idle_seconds`` ends.

        An active session is renewed, and its cookies sealed anew, at least twice in that time. With ``domain`` all its
        hosts get the cookies, and each of them can replace them: then they have the prefix ``__Secure-``.
        """
        prefix = "__Secure-" if domain else "__Host-"
        self.names = self._session_name, self._access_name, self._device_name = (
            f"{prefix}session",
            f"{prefix}access",
            f"{prefix}device",
        )
        self._attributes = f"{ATTRIBUTES}; Domain={domain}" if domain else ATTRIBUTES
        self._secrets = sealing_secrets
        self._life = idle_seconds or _LONGEST_SECONDS
        self._session = Sealer(sealing_secrets, "cookie session", self._life)
        self._device = Sealer(sealing_secrets, "cookie device", _LONGEST_SECONDS)
        self._access = Sealer(sealing_secrets, "cookie access", _LONGEST_SECONDS)

    def read(self, headers: Headers) -> CookieSession | None:
        """Return the session in the Cookie header, or ``None`` if there is no valid one."""
        found = cookie_parser("; ".join(headers.getlist("cookie")))
        try:
            kept = self._session.open(found[self._session_name], SessionCookie)
        except (KeyError, SealBrokenError):
            return None
        access = self._fresh_access(found, kept.id)
        if access is None:
            return CookieSession(kept.id, kept.refresh_token, kept.session, None)
        return CookieSession(kept.id, kept.refresh_token, kept.session, access.access_token, access.identity)

    def begin(self, tokens: TokenSet) -> tuple[str, list[str]]:
        """Return CSRF token and Set-Cookie headers of a new session."""
        identifier = secrets.token_urlsafe(16)
        return self.csrf_token(identifier), self.write(tokens, identifier)

    def write(self, tokens: TokenSet, identifier: str) -> list[str]:
        """Return Set-Cookie headers for new tokens of a session; raise ``FeatureNotEnabled`` when they do not fit."""
        origin = ""
        with suppress(TokenError):
            origin = session_of(tokens)
        session = SessionCookie(id=identifier, refresh_token=tokens.refresh_token, session=origin)
        seconds = min(tokens.expires_in, self._life // 2)
        access = AccessCookie(
            session=identifier,
            access_token=tokens.access_token,
            expires_at=int(time()) + seconds,
            identity=Identity.of(tokens),
        )
        cookies = [
            f"{self._session_name}={self._session.seal(session)}; {self._attributes}; Max-Age={self._life}",
            f"{self._access_name}={self._access.seal(access)}; {self._attributes}; Max-Age={seconds}",
        ]
        if len(cookies[1]) > LARGEST:
            # The session matters more than what it tells proxies.
            access.identity = Identity()
            cookies[1] = f"{self._access_name}={self._access.seal(access)}; {self._attributes}; Max-Age={seconds}"
        if max(map(len, cookies)) > LARGEST:
            logger.error("a session does not fit into cookies: the tokens contain too many groups")
            raise FeatureNotEnabled
        return cookies

    def knows_device(self, headers: Headers, sub: str) -> bool:
        """Return whether the user has signed in with this browser before."""
        found = cookie_parser("; ".join(headers.getlist("cookie")))
        try:
            return self._device.open(found[self._device_name], DeviceCookie).sub == sub
        except (KeyError, SealBrokenError):
            return False

    def device_cookie(self, sub: str) -> str:
        """Return the Set-Cookie header that lets this browser be known; it does not sign in."""
        sealed = self._device.seal(DeviceCookie(sub=sub))
        return f"{self._device_name}={sealed}; {self._attributes}; Max-Age={_LONGEST_SECONDS}"

    def cleared(self) -> list[str]:
        """Return Set-Cookie headers that end the session in the browser."""
        return [f"{name}=; {self._attributes}; Max-Age=0" for name in (self._session_name, self._access_name)]

    def csrf_token(self, identifier: str) -> str:
        """Return the CSRF token of a session, which proves that a request comes from a page of this site."""
        return self._csrf_token(self._secrets[0], identifier)

    def is_csrf_token(self, token: str, identifier: str) -> bool:
        """Return whether ``token`` is the session's CSRF token, made with any of the keys."""
        made = [self._csrf_token(secret, identifier) for secret in self._secrets]
        return any(hmac.compare_digest(token.encode("utf-8", "replace"), known.encode()) for known in made)

    def _csrf_token(self, secret: str, identifier: str) -> str:
        return hmac.digest(secret.encode(), f"csrf {identifier}".encode(), "sha256").hex()

    def _fresh_access(self, found: dict[str, str], identifier: str) -> AccessCookie | None:
        try:
            access = self._access.open(found[self._access_name], AccessCookie)
        except (KeyError, SealBrokenError):
            return None
        is_fresh = access.session == identifier and access.expires_at - time() > _EARLY_SECONDS
        return access if is_fresh else None
