"""Sessions in cookies: what a page's scripts cannot read, they cannot lose.

Two cookies, both sealed, HttpOnly, Secure, SameSite=Lax and bound to this host (`__Host-`, RFC 6265bis, section
4.1.3.2): one has the refresh token, one the access token; together they would be too large for one.
"""

import hmac
import logging
import secrets
from dataclasses import dataclass
from time import time

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from api.cognito.calls import TokenSet
from api.errors import FeatureNotEnabled
from api.kit.sealing import SealBrokenError, Sealer

logger = logging.getLogger(__name__)

SESSION, ACCESS = "__Host-session", "__Host-access"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
# As long as a refresh token may live (API_CreateUserPoolClient); Cognito ends it sooner.
_LONGEST_SECONDS = 10 * 365 * 24 * 3600
# Browsers drop what is larger (RFC 6265bis, section 5.6).
_LARGEST = 4096
# An access token that ends so soon is renewed first.
_EARLY_SECONDS = 30


class SessionCookie(BaseModel):
    """What the longer-lived cookie holds; ``id`` is what the CSRF token is made of."""

    id: str
    refresh_token: str


class AccessCookie(BaseModel):
    """What the other holds; ``session`` is the id of the one it belongs to."""

    session: str
    access_token: str
    expires_at: int


@dataclass(frozen=True)
class CookieSession:
    """The session that a request's cookies hold; without ``access_token`` it must be renewed."""

    id: str
    refresh_token: str
    access_token: str | None


class Cookies:
    """Reads and writes sessions in cookies."""

    def __init__(self, sealing_secrets: tuple[str, ...]) -> None:
        """Seal with the first of ``sealing_secrets``, open with any."""
        self._secrets = sealing_secrets
        self._session = Sealer(sealing_secrets, "cookie session", _LONGEST_SECONDS)
        self._access = Sealer(sealing_secrets, "cookie access", _LONGEST_SECONDS)

    def read(self, headers: Headers) -> CookieSession | None:
        """Return the session in the Cookie header; nothing where there is none that was sealed here."""
        found = cookie_parser("; ".join(headers.getlist("cookie")))
        try:
            kept = self._session.open(found[SESSION], SessionCookie)
        except (KeyError, SealBrokenError):
            return None
        return CookieSession(kept.id, kept.refresh_token, self._access_token(found, kept.id))

    def begin(self, tokens: TokenSet) -> tuple[str, list[str]]:
        """Return CSRF token and Set-Cookie headers of a new session."""
        identifier = secrets.token_urlsafe(16)
        return self.csrf_token(identifier), self.write(tokens, identifier)

    def write(self, tokens: TokenSet, identifier: str) -> list[str]:
        """Return Set-Cookie headers for new tokens of a session; raise ``FeatureNotEnabled`` when they do not fit."""
        session = SessionCookie(id=identifier, refresh_token=tokens.refresh_token)
        access = AccessCookie(
            session=identifier, access_token=tokens.access_token, expires_at=int(time()) + tokens.expires_in
        )
        cookies = [
            f"{SESSION}={self._session.seal(session)}; {_ATTRIBUTES}; Max-Age={_LONGEST_SECONDS}",
            f"{ACCESS}={self._access.seal(access)}; {_ATTRIBUTES}; Max-Age={tokens.expires_in}",
        ]
        if max(map(len, cookies)) > _LARGEST:
            logger.error("a session does not fit into cookies: the tokens name too many groups")
            raise FeatureNotEnabled
        return cookies

    def csrf_token(self, identifier: str) -> str:
        """Return what requests of the session prove by that they come from a page of ours."""
        return self._csrf_token(self._secrets[0], identifier)

    def is_csrf_token(self, token: str, identifier: str) -> bool:
        """Tell whether ``token`` is the session's, with whichever key it was made."""
        made = [self._csrf_token(secret, identifier) for secret in self._secrets]
        return any(hmac.compare_digest(token.encode("utf-8", "replace"), known.encode()) for known in made)

    def _csrf_token(self, secret: str, identifier: str) -> str:
        return hmac.digest(secret.encode(), f"csrf {identifier}".encode(), "sha256").hex()

    def _access_token(self, found: dict[str, str], identifier: str) -> str | None:
        try:
            access = self._access.open(found[ACCESS], AccessCookie)
        except (KeyError, SealBrokenError):
            return None
        is_fresh = access.session == identifier and access.expires_at - time() > _EARLY_SECONDS
        return access.access_token if is_fresh else None


def cleared() -> list[str]:
    """Return Set-Cookie headers that end the session in the browser."""
    return [f"{name}=; {_ATTRIBUTES}; Max-Age=0" for name in (SESSION, ACCESS)]
