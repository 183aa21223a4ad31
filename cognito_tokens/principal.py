"""The principal that a verified token represents."""

from dataclasses import dataclass
from typing import Any, Literal

TokenUse = Literal["access", "id"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The typed claims of a verified token; times are in seconds since the Unix epoch.

    ``claims`` holds all claims, including the e-mail address and custom attributes of an ID token. Do not modify it.
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
