"""Sign-in at the pool's hosted pages: OAuth 2.0 authorization code with PKCE, as a confidential client.

Source: RFC 6749, section 4.1; RFC 7636; RFC 9700, section 2.1; OpenID Connect Core, section 3.1; "User pool endpoints"
of the developer guide.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.cognito.calls import TokenSet
from api.cognito.client_secret import ClientSecret
from api.errors import (
    InvalidCredentials,
    OAuthFailed,
    PasswordResetRequired,
    ServerMisconfigured,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from api.hosted_pages.oauth_errors import refused_by_token_endpoint
from api.kit.email_addresses import canonical
from api.kit.sealing import SealBrokenError, Sealer
from api.sign_in.admission import Admission
from api.telemetry.request_context import note
from api.web.time_budget import TOKEN_ENDPOINT_SECONDS
from cognito_tokens import TokenError, strict_json
from cognito_tokens.errors import TokenUndecided
from cognito_tokens.http_client import HttpClient, HttpError, HttpResponse, cause_of
from cognito_tokens.verifier import TokenVerifier

logger = logging.getLogger(__name__)


class Flow(BaseModel):
    """A sign-in in progress, sealed in a cookie of the browser that started it."""

    state: str
    nonce: str
    verifier: str
    return_to: str


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    access_token: str = Field(min_length=1)
    id_token: str = Field(min_length=1)
    refresh_token: str = Field(min_length=1)
    expires_in: int = Field(gt=0)


@dataclass(frozen=True)
class OAuthClient:
    """OAuth client for the endpoints at the pool's domain."""

    # How long a sign-in at the hosted pages may take.
    FLOW_SECONDS: ClassVar = 600

    domain: str
    issuer: str
    client_id: str
    secret: ClientSecret
    callback_url: str
    logout_url: str
    scopes: str
    http: HttpClient
    id_tokens: TokenVerifier
    sealer: Sealer
    admission: Admission
    # Where the browser is sent when a sign-in fails.
    error_url: str | None

    def begin(self, return_to: str, hints: Mapping[str, str]) -> tuple[str, str, str]:
        """Return the authorization URL, the flow's state, and the sealed flow for the browser's cookie.

        ``hints`` are further parameters of the authorization request, for the pages only.
        """
        flow = Flow(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            return_to=return_to,
        )
        digest = hashlib.sha256(flow.verifier.encode()).digest()
        parameters = {
            **hints,
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback_url,
            "scope": self.scopes,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = f"{self.domain}/oauth2/authorize?{urlencode(parameters, quote_via=quote)}"
        return address, flow.state, self.sealer.seal(flow)

    def resume(self, sealed: str, state: str, issuer: str | None) -> Flow:
        """Return the flow of this browser; raise ``OAuthFailed`` if it did not begin here, or ends at another issuer.

        Only Cognito's own pages know the state, so the other parameters can be trusted. Source: RFC 9207, section 2.4.
        """
        try:
            flow = self.sealer.open(sealed, Flow)
        except SealBrokenError:
            logger.info("a sign-in at the hosted pages has no valid cookie: too late, another browser, or another key")
            raise OAuthFailed from None
        if not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise OAuthFailed
        if issuer not in {None, self.issuer}:
            logger.warning("a sign-in at the hosted pages has ended at another issuer")
            raise OAuthFailed
        return flow

    async def finish(self, flow: Flow, code: str) -> TokenSet:
        """Return the tokens for ``code``.

        Raises ``OAuthFailed`` for a refused code, ``ClientRejected`` or ``ServerMisconfigured`` for a refused client.
        """
        tokens = await self._exchange(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.callback_url,
                "client_id": self.client_id,
                "code_verifier": flow.verifier,
            }
        )
        try:
            who = await self.id_tokens.verify(tokens.id_token)
        except TokenUndecided as error:
            raise UpstreamUnavailable from error
        except TokenError as error:
            logger.warning("the ID token of the token endpoint was refused: %s", type(error).__name__)
            raise OAuthFailed from error
        if who.claims.get("nonce") != flow.nonce:
            logger.warning("the ID token of the token endpoint is of another sign-in: its nonce differs")
            raise OAuthFailed
        token_set = TokenSet(tokens.access_token, tokens.id_token, tokens.refresh_token, tokens.expires_in)
        await self._admit(who.claims, token_set)
        return token_set

    async def _admit(self, claims: dict[str, Any], tokens: TokenSet) -> None:
        """Raise ``OAuthFailed`` for a sign-in that may be by the password of a quarantined address.

        The tokens do not name the factor. Only users of another identity provider have no password here; native users
        that are linked to one have ``identities`` too, but another name.
        """
        email = claims.get("email")
        note(address=canonical(email) if isinstance(email, str) else None)
        if _is_federated(claims):
            return
        if not isinstance(email, str):
            logger.error("misconfigured: the ID token has no e-mail address; let the client read the attribute email")
            raise ServerMisconfigured
        try:
            await self.admission.admit(canonical(email), tokens)
        except (InvalidCredentials, PasswordResetRequired) as error:
            raise OAuthFailed from error

    def logout_address(self) -> str:
        """Return the logout URL of the hosted pages."""
        parameters = {"client_id": self.client_id, "logout_uri": self.logout_url}
        return f"{self.domain}/logout?{urlencode(parameters, quote_via=quote)}"

    async def _exchange(self, form: dict[str, str]) -> _TokenAnswer:
        note(has_called=True)
        basic = base64.b64encode(f"{self.client_id}:{self.secret.value}".encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "cognito-sign-in",
        }
        head = self.http.head("POST", "/oauth2/token", headers)
        try:
            async with asyncio.timeout(TOKEN_ENDPOINT_SECONDS):
                # No retry: a code is valid once, so a second request could only be rejected.
                return _read(await self.http.exchange(head, urlencode(form).encode()))
        except TimeoutError:
            raise UpstreamTimeout from None
        except HttpError as error:
            logger.warning("the token endpoint cannot be reached: %s", cause_of(error))
            raise UpstreamUnavailable from error


def _is_federated(claims: dict[str, Any]) -> bool:
    """Return whether the user was made by another identity provider: Cognito names such users PROVIDER_USERID."""
    identities: Any = claims.get("identities", [])
    try:
        names = {f"{row['providerName']}_{row['userId']}".lower() for row in identities}
    except (KeyError, TypeError):
        return False
    return str(claims.get("cognito:username")).lower() in names


def _read(response: HttpResponse) -> _TokenAnswer:
    if response.status >= 500:  # noqa: PLR2004 - HTTP
        raise UpstreamUnavailable
    if response.status in {400, 401}:
        raise refused_by_token_endpoint(response.body)
    try:
        return _TokenAnswer.model_validate(strict_json.loads(response.body))
    except (ValueError, ValidationError):
        raise UpstreamInvalidResponse from None
