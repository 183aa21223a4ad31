"""Who a verified token speaks for."""

from dataclasses import dataclass
from typing import Any, Literal

TokenUse = Literal["access", "id"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The claims of a verified token, in types; times are seconds since 1970.

    ``claims`` holds all of them, e-mail and custom attributes of an ID token too: read it, do not write to it.
    """

    issuer: str
    sub: str
    username: str
    client_id: str
    token_use: TokenUse
    scopes: frozenset[str]
    groups: tuple[str, ...]
    auth_time: int
    issued_at: int
    expires_at: int
    jti: str
    origin_jti: str | None
    claims: dict[str, Any]
