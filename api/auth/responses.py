"""How a sign-in is answered, whichever route it ends at."""

from contextlib import suppress

from fastapi import Response

from api.auth.schemas import ChallengeResponse, TokenResponse
from api.cognito.calls import TokenSet
from api.logging import note
from api.tokens import TokenError
from api.tokens.claims import required
from api.tokens.parsing import parse


def token_response(tokens: TokenSet) -> TokenResponse:
    """Return the tokens under OAuth's names; whose they are, the audit is told."""
    with suppress(TokenError):
        note(sub=required(parse(tokens.access_token).claims, "sub", str))
    return TokenResponse(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )


def signed_in(found: TokenSet | ChallengeResponse) -> TokenResponse | ChallengeResponse:
    """Return the body for what a step of a sign-in came to."""
    if isinstance(found, TokenSet):
        return token_response(found)
    note(outcome="challenge")
    return found


def signed_in_response(found: TokenSet | ChallengeResponse) -> Response:
    """Return the response with that body."""
    return Response(signed_in(found).model_dump_json(exclude_none=True), media_type="application/json")
