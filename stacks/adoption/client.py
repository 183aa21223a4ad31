"""A client that DescribeUserPoolClient returns, as arguments of the stack."""

from typing import Any

from stacks.auth.clients.construct import needed_flows
from stacks.auth.clients.props import STANDARD_SCOPES

Json = dict[str, Any]
_MINUTES = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 24 * 60}
_DAY = 24 * 60
_DEFAULTS = {"Access": 60, "Id": 60, "Refresh": 30 * _DAY}
_VALIDITY = (
    "access_token_validity",
    "id_token_validity",
    "refresh_token_validity",
    "token_validity_units",
)


def variables(client: Json) -> Json:
    """Return the values of the Terraform variables that describe the client."""
    access, identity, refresh = (_minutes(client, kind, default) for kind, default in _DEFAULTS.items())
    found: Json = {
        "user_pool_client_name": client["ClientName"],
        "access_token_validity_minutes": access,
        "id_token_validity_minutes": identity,
        "refresh_token_validity_days": max(1, round(refresh / _DAY)),
        "propagate_user_context": client.get("EnablePropagateAdditionalUserContextData", False),
    }
    urls = {"callback_urls": client.get("CallbackURLs"), "logout_urls": client.get("LogoutURLs")}
    # The variables need a value even where the client has none, and `unmanaged` keeps it so.
    return found | {name: value or ["https://unused.invalid/"] for name, value in urls.items()}


def arguments(client: Json, *, passwordless: bool) -> Json:
    """Return the arguments ``client``; ``passwordless``: the pool allows other first factors than the password."""
    rotation: Json = client.get("RefreshTokenRotation") or {}
    rotates = rotation.get("Feature") == "ENABLED"
    added = needed_flows("api", passwordless=passwordless, rotates=rotates)
    flows = [flow for flow in client.get("ExplicitAuthFlows", []) if flow.startswith("ALLOW_") and flow not in added]
    found: Json = {
        "extra_auth_flows": flows,
        "auth_session_minutes": client.get("AuthSessionValidity", 3),
        "identity_providers": client.get("SupportedIdentityProviders") or ["COGNITO"],
        "oauth_scopes": client.get("AllowedOAuthScopes") or list(STANDARD_SCOPES[:2]),
        "read_attributes": client.get("ReadAttributes", []),
        "write_attributes": client.get("WriteAttributes", []),
        "unmanaged": _unmanaged(client),
    }
    found["rotation_grace_seconds"] = rotation.get("RetryGracePeriodSeconds", 0) if rotates else "off"
    if _units(client).get("RefreshToken") == "hours":
        found["refresh_hours"] = client["RefreshTokenValidity"]
    return {name: value for name, value in found.items() if value not in ([], None)}


def foreign_scopes(client: Json) -> list[str]:
    """Return the scopes of resource servers that the client may request."""
    return [scope for scope in client.get("AllowedOAuthScopes", []) if scope not in STANDARD_SCOPES]


def foreign_providers(client: Json) -> list[str]:
    """Return the identity providers that the client may use, without the pool itself."""
    return [name for name in client.get("SupportedIdentityProviders", []) if name != "COGNITO"]


def _minutes(client: Json, kind: str, default: float) -> int:
    unit = _units(client).get(f"{kind}Token") or ("days" if kind == "Refresh" else "hours")
    value = client.get(f"{kind}TokenValidity")
    return round(value * _MINUTES[unit]) if value else round(default)


def _units(client: Json) -> Json:
    return client.get("TokenValidityUnits") or {}


def _kept_validity(client: Json) -> list[str]:
    """Return the arguments of token lifetimes, if they are in other units than the stack's.

    Units that are named in part cannot be sent back as they are, so they are changed, which the guard shows.
    """
    units = _units(client)
    is_ours = {units.get("AccessToken"), units.get("IdToken")} == {"minutes"} and units.get("RefreshToken") != "minutes"
    return [] if is_ours or len(units) in {1, 2} else list(_VALIDITY)


def _unmanaged(client: Json) -> list[str]:
    kept = _kept_validity(client)
    if client.get("AllowedOAuthFlows", []) != ["code"] or not client.get("AllowedOAuthFlowsUserPoolClient"):
        kept += ["allowed_oauth_flows", "allowed_oauth_flows_user_pool_client"]
    names = {
        "AllowedOAuthScopes": "allowed_oauth_scopes",
        "CallbackURLs": "callback_urls",
        "LogoutURLs": "logout_urls",
        "SupportedIdentityProviders": "supported_identity_providers",
        "ReadAttributes": "read_attributes",
        "WriteAttributes": "write_attributes",
        "RefreshTokenRotation": "refresh_token_rotation",
    }
    kept += [attribute for setting, attribute in names.items() if not client.get(setting)]
    # The stack gives the API's client none.
    return [*kept, *(["default_redirect_uri"] if client.get("DefaultRedirectURI") else [])]
