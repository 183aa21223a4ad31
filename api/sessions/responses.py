"""Token responses, and what the audit learns from them."""

from contextlib import suppress

from api.cognito.calls import TokenSet
from api.sessions.schemas import TokenResponse
from api.telemetry.request_context import note
from cognito_tokens.claims import required
from cognito_tokens.errors import TokenError
from cognito_tokens.parsing import parse


def token_response(tokens: TokenSet) -> TokenResponse:
    """Return the tokens under OAuth's names, and note the user's ``sub`` for the audit event."""
    with suppress(TokenError):
        note(sub=required(parse(tokens.access_token).claims, "sub", str))
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )
