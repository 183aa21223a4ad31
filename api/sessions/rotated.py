"""The sessions of refresh tokens that this process has rotated: a reused token does not name its session."""

from collections import OrderedDict
from contextlib import suppress
from hashlib import blake2b

from api.cognito.calls import TokenSet
from cognito_tokens.claims import required
from cognito_tokens.errors import TokenError
from cognito_tokens.parsing import parse

# 2 MB.
_MOST_TOKENS = 10_000


class RotatedTokens:
    """``origin_jti`` by the hash of a refresh token; the oldest are forgotten."""

    def __init__(self) -> None:
        """Start empty."""
        self._sessions: OrderedDict[bytes, str] = OrderedDict()

    def remember(self, refresh_token: str, tokens: TokenSet) -> None:
        """Remember the session of a token that has been replaced; do nothing if it has not."""
        if tokens.refresh_token == refresh_token:
            return
        with suppress(TokenError):
            self._sessions[_digest(refresh_token)] = session_of(tokens)
        if len(self._sessions) > _MOST_TOKENS:
            self._sessions.popitem(last=False)

    def session_of(self, refresh_token: str) -> str:
        """Return the session of a replaced token, or an empty string."""
        return self._sessions.get(_digest(refresh_token), "")


def session_of(tokens: TokenSet) -> str:
    """Return the ``origin_jti`` of tokens that Cognito has just issued; raise ``TokenError`` for another token."""
    return required(parse(tokens.access_token).claims, "origin_jti", str)


def _digest(refresh_token: str) -> bytes:
    return blake2b(refresh_token.encode("utf-8", "surrogatepass"), digest_size=16).digest()
