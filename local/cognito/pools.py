"""User pools and app clients: fields that ministack does not store, and updates that reset omitted fields.

Source: API_UpdateUserPool, API_UpdateUserPoolClient: "If you don't provide a value for an attribute, Amazon Cognito
sets it to its default value."
"""

from local.cognito import client_secrets
from local.cognito.emulator import Json, native, pool_and_client, pool_of, section
from local.cognito.refusals import invalid_parameter
from local.cognito.sign_in import DEFAULT_FLOWS

_CLIENT_DEFAULTS: Json = {
    "AccessTokenValidity": None,
    "AllowedOAuthFlows": [],
    "AllowedOAuthFlowsUserPoolClient": False,
    "AllowedOAuthScopes": [],
    "AuthSessionValidity": 3,
    "CallbackURLs": [],
    "DefaultRedirectURI": "",
    "EnablePropagateAdditionalUserContextData": False,
    "EnableTokenRevocation": True,
    "ExplicitAuthFlows": [],
    "IdTokenValidity": None,
    "LogoutURLs": [],
    "PreventUserExistenceErrors": "LEGACY",
    "ReadAttributes": [],
    "RefreshTokenValidity": 30,
    "SupportedIdentityProviders": [],
    "TokenValidityUnits": {},
    "WriteAttributes": [],
}
_POOL_DEFAULTS: Json = {
    "AccountRecoverySetting": {},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "AutoVerifiedAttributes": [],
    "EmailVerificationMessage": "",
    "EmailVerificationSubject": "",
    "LambdaConfig": {},
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        }
    },
    "UserAttributeUpdateSettings": {},
    "VerificationMessageTemplate": {},
}


def create_user_pool_client(data: Json) -> Json:
    """CreateUserPoolClient."""
    _refuse_rotation_with_old_flow(data)
    answer = native("_create_user_pool_client", data)
    return _keep_rotation(data | {"ClientId": answer["UserPoolClient"]["ClientId"]})


def update_user_pool_client(data: Json) -> Json:
    """UpdateUserPoolClient."""
    _refuse_rotation_with_old_flow(data)
    pool_and_client(data)
    native("_update_user_pool_client", _CLIENT_DEFAULTS | data)
    return _keep_rotation(data)


def update_user_pool(data: Json) -> Json:
    """UpdateUserPool."""
    pool_of(data)
    return native("_update_user_pool", _POOL_DEFAULTS | data)


def _keep_rotation(data: Json) -> Json:
    _, client = pool_and_client(data)
    client.pop("RefreshTokenRotation", None)
    if data.get("RefreshTokenRotation"):
        client["RefreshTokenRotation"] = data["RefreshTokenRotation"]
    return {"UserPoolClient": client_secrets.described(client)}


def _refuse_rotation_with_old_flow(data: Json) -> None:
    rotates = section(data, "RefreshTokenRotation").get("Feature") == "ENABLED"
    if rotates and "ALLOW_REFRESH_TOKEN_AUTH" in (data.get("ExplicitAuthFlows") or DEFAULT_FLOWS):
        raise invalid_parameter("ALLOW_REFRESH_TOKEN_AUTH cannot be enabled together with refresh token rotation")
