"""Strict parsing of JWTs: only one encoding of each token is accepted (RFC 7515, RFC 7519, RFC 8725).

Most libraries accept non-canonical base64url, so that one token has many encodings, which bypass caches and deny lists.
They accept duplicate JSON keys and NaN as well.
"""

import base64
import re
from functools import lru_cache
from typing import Any, NamedTuple

from cognito_tokens import strict_json
from cognito_tokens.errors import HeaderRefused, TokenMalformed

# Fits into a JSON body of 16 KiB, too, so that the limit is the same there.
LARGEST_TOKEN = 15 * 1024
# With Cognito's kids a header has 96 characters.
_USUAL_HEADER = 256
_KEY_ID = re.compile(r"[\x21-\x7e]{1,128}")
# RFC 7515, sections 4.1.2 to 4.1.11; RFC 7797; RFC 7516: parameters that carry a key or change the processing.
_REFUSED_PARAMETERS = frozenset({"crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"})


class ParsedToken(NamedTuple):
    """The parts of a token, not yet verified."""

    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parse(token: str) -> ParsedToken:
    """Parse ``token``; raise ``TokenMalformed`` or ``HeaderRefused``. The caller must have checked its size."""
    segments = token.split(".")
    if len(segments) != 3 or not all(segments):  # noqa: PLR2004 - RFC 7515, section 3.1
        raise TokenMalformed("three non-empty segments separated by dots")
    header, claims, signature = segments
    return ParsedToken(
        _kid_of(header) if len(header) <= _USUAL_HEADER else _key_id(_object(header, "header")),
        _object(claims, "claims"),
        token[: -len(signature) - 1].encode(),
        _bytes(signature, "signature"),
    )


def decode(text: str) -> bytes:
    """Decode canonical base64url without padding; raise ``ValueError`` for any other encoding."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # The decoder ignores characters outside the alphabet and unused bits of the last one; re-encoding reveals both.
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode():
        message = "not canonical base64url"
        raise ValueError(message)
    return data


def _bytes(segment: str, name: str) -> bytes:
    try:
        return decode(segment)
    except ValueError:
        raise TokenMalformed(f"canonical base64url in the {name}") from None


def _object(segment: str, name: str) -> dict[str, Any]:
    try:
        value = strict_json.loads(_bytes(segment, name))
    except ValueError:
        raise TokenMalformed(f"strict JSON in the {name}") from None
    if not strict_json.is_object(value):
        raise TokenMalformed(f"a JSON object in the {name}")
    return value


@lru_cache(maxsize=64)
def _kid_of(segment: str) -> str:
    """Return the key ID of a header, cached: a pool's tokens have only one or two different headers."""
    return _key_id(_object(segment, "header"))


def _key_id(header: dict[str, Any]) -> str:
    if header.get("alg") != "RS256":
        raise HeaderRefused("alg RS256", header.get("alg"))
    if header.get("typ", "JWT") not in ("JWT", "at+jwt"):
        raise HeaderRefused("typ JWT or at+jwt", header.get("typ"))
    if refused := _REFUSED_PARAMETERS & header.keys():
        raise HeaderRefused("no header parameters that carry a key or change the processing", sorted(refused))
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise HeaderRefused("a kid of 1 to 128 visible ASCII characters", kid)
    return kid
