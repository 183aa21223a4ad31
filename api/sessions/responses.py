"""Token responses, and what the audit learns from them."""

from contextlib import suppress

from api.cognito.calls import TokenSet
from api.errors import UpstreamInvalidResponse
from api.sessions.schemas import TokenResponse
from api.telemetry.request_context import note


def token_response(tokens: TokenSet) -> TokenResponse:
    """Return the tokens under OAuth's names, and note the user's ``sub`` for the audit event."""
    with suppress(UpstreamInvalidResponse):
        note(sub=tokens.sub)
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )
