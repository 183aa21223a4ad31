"""Validation of the claims in Cognito's tokens (RFC 7519, section 4.1; OpenID Connect Core, section 2)."""

import re
from typing import Any, TypeVar, cast

from cognito_tokens.errors import ClaimRefused, TokenExpired, TokenNotYetValid, TokenUseRefused
from cognito_tokens.principal import Principal, TokenUse

T = TypeVar("T", str, int)

_LATEST = 2**40
_USERNAME = {"access": "username", "id": "cognito:username"}
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,2048}")


def principal_of(claims: dict[str, Any], token_use: TokenUse, now: float, leeway: int) -> Principal:
    """Return the principal; raise ``ClaimRefused`` if a claim is missing, of the wrong type or out of its time."""
    if claims.get("token_use") != token_use:
        raise TokenUseRefused(f"token_use '{token_use}'", claims.get("token_use"))
    is_access = token_use == "access"
    expires_at, issued_at, auth_time = (_time(claims, name) for name in ("exp", "iat", "auth_time"))
    _check_times(claims, now, leeway)
    return Principal(
        issuer=required(claims, "iss", str),
        sub=(sub := required(claims, "sub", str)),
        # A token of the client credentials grant has no user.
        username=required(claims, name, str) if (name := _USERNAME[token_use]) in claims else sub,
        # Cognito puts the app client's ID in client_id of access tokens and in aud of ID tokens.
        client_id=required(claims, "client_id" if is_access else "aud", str),
        token_use=token_use,
        scopes=_scopes(claims),
        groups=_groups(claims),
        auth_time=auth_time,
        issued_at=issued_at,
        expires_at=expires_at,
        jti=required(claims, "jti", str),
        origin_jti=required(claims, "origin_jti", str) if "origin_jti" in claims else None,
        claims=claims,
    )


def required(claims: dict[str, Any], name: str, kind: type[T]) -> T:
    """Return the claim ``name``; raise ``ClaimRefused`` unless it is present and exactly of type ``kind``."""
    value: Any = claims.get(name)
    # Not isinstance, because bool is a subclass of int.
    if type(value) is not kind or (type(value) is str and not _TEXT.fullmatch(value)):
        raise ClaimRefused(f"claim {name} of type {kind.__name__}", value)
    return value


def _time(claims: dict[str, Any], name: str) -> int:
    seconds = required(claims, name, int)
    if not 0 < seconds < _LATEST:
        raise ClaimRefused(f"claim {name} in seconds since the Unix epoch", seconds)
    return seconds


def _check_times(claims: dict[str, Any], now: float, leeway: int) -> None:
    if now >= claims["exp"]:
        raise TokenExpired("claim exp in the future", claims["exp"])
    names = ("iat", "auth_time", "nbf") if "nbf" in claims else ("iat", "auth_time")
    for name in names:
        if _time(claims, name) > now + leeway:
            raise TokenNotYetValid(f"claim {name} not in the future", claims[name])
    if claims["exp"] <= claims["iat"]:
        raise ClaimRefused("claim exp later than iat", claims["exp"])


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    scope = claims.get("scope", "")
    if not isinstance(scope, str) or not scope.isprintable():
        raise ClaimRefused("claim scope as a printable string", scope)
    return frozenset(scope.split(" ")) - {""}


def _groups(claims: dict[str, Any]) -> tuple[str, ...]:
    groups: object = claims.get("cognito:groups", [])
    if not isinstance(groups, list):
        raise ClaimRefused("claim cognito:groups as a list of strings", groups)
    found = cast("list[object]", groups)
    names = tuple(group for group in found if isinstance(group, str) and _TEXT.fullmatch(group))
    if len(names) != len(found):
        raise ClaimRefused("claim cognito:groups as a list of non-empty strings without control characters")
    return names
