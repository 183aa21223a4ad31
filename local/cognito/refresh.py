"""Refresh and revocation: client secret, token lifetime, rotation with a grace period.

Source: API_GetTokensFromRefreshToken, API_RevokeToken, "Refresh token rotation" of the developer guide.
"""

import hmac
import time
from typing import cast

from local.cognito import client_secrets, records
from local.cognito.emulator import Json, body_of, claims_of, cognito, issuing, pool_and_client, section
from local.cognito.refusals import Refusal, invalid_parameter, not_authorized


def get_tokens_from_refresh_token(data: Json) -> Json:
    """GetTokensFromRefreshToken."""
    pool, client = pool_and_client(data)
    if not _has_secret(client, data):
        raise not_authorized(f"Unable to verify secret for client {client['ClientId']}")
    return {"AuthenticationResult": _renew(pool, client, data["RefreshToken"])}


def by_auth_flow(pool: Json, client: Json, data: Json) -> Json:
    """InitiateAuth with REFRESH_TOKEN_AUTH; ministack has already checked SECRET_HASH, computed over the sub."""
    token = section(data, "AuthParameters").get("REFRESH_TOKEN")
    if not token:
        raise invalid_parameter("Missing required parameter REFRESH_TOKEN")
    return {"ChallengeParameters": {}, "AuthenticationResult": _renew(pool, client, token)}


def revoke_token(data: Json) -> Json:
    """RevokeToken: revoke the refresh token and every token of its session."""
    pool, client = pool_and_client(data)
    if not _has_secret(client, data):
        raise Refusal("UnauthorizedException", f"Unable to verify secret for client {client['ClientId']}")
    if client.get("EnableTokenRevocation") is False:
        raise Refusal("UnsupportedOperationException", "Token revocation is not enabled for this client")
    token = data["Token"]
    claims = claims_of(token)
    if claims.get("token_use") in {"access", "id"}:
        raise Refusal("UnsupportedTokenTypeException", "Unsupported token type")
    if not claims or claims.get("client_id") != client["ClientId"] or not cognito._signature_valid(token):
        raise invalid_parameter("Invalid Refresh Token")
    cognito._revoked_tokens.add(claims["origin_jti"])
    _forget_ended_sessions(pool, claims)
    return {}


def _has_secret(client: Json, data: Json) -> bool:
    kept, given = client_secrets.secrets_of(client), str(data.get("ClientSecret")).encode()
    return not kept or any(hmac.compare_digest(secret.encode(), given) for secret in kept)


def _renew(pool: Json, client: Json, token: str) -> Json:
    user, refused = cognito._refresh_auth_user(pool, pool["Id"], client["ClientId"], token)
    if refused:
        body_of(refused)
    claims = claims_of(token)
    if time.time() >= claims["exp"]:
        raise not_authorized("Refresh Token has expired")
    rotation = section(client, "RefreshTokenRotation")
    if rotation.get("Feature") == "ENABLED":
        _use_once(user, claims, rotation.get("RetryGracePeriodSeconds") or 0)
    with issuing(claims.get("auth_time")):
        result, refused = cognito._refresh_auth_result(pool, pool["Id"], client["ClientId"], token)
    if rotation.get("Feature") == "ENABLED":
        result["RefreshToken"] = _successor(pool, claims)
    return cast("Json", result)


def _use_once(user: Json, claims: Json, grace_seconds: int) -> None:
    """Record the first use; raise RefreshTokenReuseException for a use after the grace period."""
    now = time.time()
    used: dict[str, list[float]] = user.setdefault(records.ROTATED, {})
    for jti in [jti for jti, (_, expires) in used.items() if expires <= now]:
        del used[jti]
    first_use, _ = used.setdefault(claims["jti"], [now, claims["exp"]])
    if now > first_use + grace_seconds:
        raise Refusal("RefreshTokenReuseException", "Refresh token has been invalidated by rotation")


def _successor(pool: Json, claims: Json) -> str:
    # The new token keeps the expiry time of its predecessor.
    fresh = {"iat": int(time.time()), "jti": cognito.new_uuid()}
    return cognito._signed_jwt(claims | fresh, pool["Id"], "access")


def _forget_ended_sessions(pool: Json, claims: Json) -> None:
    for user in pool["_users"].values():
        if claims["origin_jti"] in user.get("_origin_jtis", []):
            user["_origin_jtis"].remove(claims["origin_jti"])
