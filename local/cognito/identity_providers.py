"""Identity providers: Cognito adds endpoints to ProviderDetails, and ``username`` to the mapping.

Source: API_CreateIdentityProvider (examples of its answers). Ministack returns what it was given.
"""

from local.cognito.emulator import Json, native, section

_GOOGLE = {
    "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
    "attributes_url_add_attributes": "true",
    "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
    "oidc_issuer": "https://accounts.google.com",
    "token_request_method": "POST",
    "token_url": "https://www.googleapis.com/oauth2/v4/token",
}
# What is added for a provider of each type; the endpoints of OIDC are discovered at the issuer.
_ADDED = {"Google": _GOOGLE, "OIDC": {"attributes_url_add_attributes": "false"}}
_SUBJECTS = {"Facebook": "id", "Google": "sub", "LoginWithAmazon": "user_id", "OIDC": "sub", "SignInWithApple": "sub"}


def create_identity_provider(data: Json) -> Json:
    """CreateIdentityProvider."""
    return native("_create_identity_provider", _completed(data, data["ProviderType"]))


def update_identity_provider(data: Json) -> Json:
    """UpdateIdentityProvider; it has no type, so the present one is asked for."""
    names = {name: data[name] for name in ("UserPoolId", "ProviderName")}
    kind = native("_describe_identity_provider", names)["IdentityProvider"]["ProviderType"]
    return native("_update_identity_provider", _completed(data, kind))


def _completed(data: Json, kind: str) -> Json:
    username = {"username": _SUBJECTS[kind]} if kind in _SUBJECTS else {}
    details = _ADDED.get(kind, {}) | section(data, "ProviderDetails")
    mapping = username | section(data, "AttributeMapping")
    return {**data, "ProviderDetails": details, "AttributeMapping": mapping}
