"""User pools and app clients: fields that ministack does not store, and updates that reset omitted fields.

Source: API_UpdateUserPool, API_UpdateUserPoolClient: "If you don't provide a value for an attribute, Amazon Cognito
sets it to its default value."
"""

from collections.abc import Callable

from local.cognito import client_secrets
from local.cognito.emulator import Json, cognito, native, pool_and_client, pool_of, section
from local.cognito.refusals import invalid_parameter
from local.cognito.sign_in import DEFAULT_FLOWS

_native_schema_attribute: Callable[[Json], Json] = cognito._normalize_schema_attribute
_SECOND_FACTORS = ("EmailMfaConfiguration", "SmsMfaConfiguration", "SoftwareTokenMfaConfiguration")
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
_ABSENT = (
    "AccountRecoverySetting",
    "DeviceConfiguration",
    "SmsConfiguration",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UsernameConfiguration",
)
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


def describe_user_pool(data: Json) -> Json:
    """DescribeUserPool; what a pool does not have is absent, where ministack shows an empty object."""
    pool = native("_describe_user_pool", data)["UserPool"]
    return {"UserPool": {name: value for name, value in pool.items() if value or name not in _ABSENT}}


def set_user_pool_mfa_config(data: Json) -> Json:
    """SetUserPoolMfaConfig; OFF takes no second factor, and ends those that the pool had."""
    pool = pool_of(data)
    if data.get("MfaConfiguration") == "OFF":
        if any(section(data, name) for name in _SECOND_FACTORS):
            raise invalid_parameter("Invalid MFA configuration given, can't turn off MFA and configure it together.")
        for name in _SECOND_FACTORS:
            pool.pop(name, None)
    return native("_set_user_pool_mfa_config", data)


def update_user_pool(data: Json) -> Json:
    """UpdateUserPool."""
    pool_of(data)
    return native("_update_user_pool", _POOL_DEFAULTS | data)


def schema_attribute(raw: Json) -> Json:
    """Return an attribute as DescribeUserPool shows it: a String or Number has constraints, which may be empty."""
    attribute = _native_schema_attribute(raw)
    if (kind := attribute["AttributeDataType"]) in {"String", "Number"}:
        attribute.setdefault(f"{kind}AttributeConstraints", {})
    return attribute


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
