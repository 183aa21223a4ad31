"""Operation dispatch and hooks into ministack. Order: request shape, secret hash and access token, operation."""

from collections.abc import Callable
from functools import partial
from typing import cast

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from local.cognito import (
    administration,
    attributes,
    client_secrets,
    codes,
    constraints,
    identity_providers,
    limits,
    mailbox,
    passkeys,
    passwords,
    pools,
    recovery,
    refresh,
    respond,
    sign_in,
    sign_up,
    totp,
    users,
)
from local.cognito.emulator import (
    Answer,
    Json,
    answer_of,
    auth_time,
    claims_of,
    cognito,
    concurrency,
    event_id,
    responses,
    section,
)
from local.cognito.refusals import Refusal, invalid_parameter, not_implemented

_MODEL = ServiceModel(Loader().load_service_model("cognito-idp", "service-2"))
_OWN: dict[str, Callable[[Json], Json]] = {
    "AddUserPoolClientSecret": client_secrets.add_user_pool_client_secret,
    "AdminConfirmSignUp": administration.admin_confirm_sign_up,
    "AdminCreateUser": administration.admin_create_user,
    "AdminDeleteUserAttributes": attributes.admin_delete_user_attributes,
    "AdminInitiateAuth": sign_in.admin_initiate_auth,
    "AdminResetUserPassword": administration.admin_reset_user_password,
    "AdminRespondToAuthChallenge": respond.admin_respond_to_auth_challenge,
    "AdminSetUserMFAPreference": totp.admin_set_user_mfa_preference,
    "AdminSetUserPassword": administration.admin_set_user_password,
    "AdminUpdateUserAttributes": attributes.admin_update_user_attributes,
    "AssociateSoftwareToken": totp.associate_software_token,
    "ChangePassword": recovery.change_password,
    "CompleteWebAuthnRegistration": passkeys.complete_web_authn_registration,
    "ConfirmForgotPassword": recovery.confirm_forgot_password,
    "ConfirmSignUp": sign_up.confirm_sign_up,
    "CreateIdentityProvider": identity_providers.create_identity_provider,
    "CreateUserPoolClient": pools.create_user_pool_client,
    "DeleteUserPoolClientSecret": client_secrets.delete_user_pool_client_secret,
    "DescribeUserPool": pools.describe_user_pool,
    "DescribeUserPoolClient": client_secrets.describe_user_pool_client,
    "ListUserPoolClientSecrets": client_secrets.list_user_pool_client_secrets,
    "DeleteUserAttributes": attributes.delete_user_attributes,
    "DeleteWebAuthnCredential": passkeys.delete_web_authn_credential,
    "ForgotPassword": recovery.forgot_password,
    "GetTokensFromRefreshToken": refresh.get_tokens_from_refresh_token,
    "GetUser": attributes.get_user,
    "GetUserAttributeVerificationCode": attributes.get_user_attribute_verification_code,
    "InitiateAuth": sign_in.initiate_auth,
    "ListWebAuthnCredentials": passkeys.list_web_authn_credentials,
    "ResendConfirmationCode": sign_up.resend_confirmation_code,
    "RespondToAuthChallenge": respond.respond_to_auth_challenge,
    "RevokeToken": refresh.revoke_token,
    "SetUserPoolMfaConfig": pools.set_user_pool_mfa_config,
    "SetUserMFAPreference": totp.set_user_mfa_preference,
    "SignUp": sign_up.sign_up,
    "StartWebAuthnRegistration": passkeys.start_web_authn_registration,
    "UpdateIdentityProvider": identity_providers.update_identity_provider,
    "UpdateUserAttributes": attributes.update_user_attributes,
    "UpdateUserPool": pools.update_user_pool,
    "UpdateUserPoolClient": pools.update_user_pool_client,
    "VerifySoftwareToken": totp.verify_software_token,
    "VerifyUserAttribute": attributes.verify_user_attribute,
}
# ministack's attribute name of a mail -> the purpose of its code.
_PURPOSES = {"email": "sign-up", "password": "reset", "new email": "email"}

_native_dispatch = cognito._dispatch_idp
_native_send = cognito._send_verification_email
_native_sign = cognito._signed_jwt
_native_refresh = cognito._oauth2_refresh_api_issued_token


def install() -> None:
    """Install this package's hooks into ministack's Cognito."""
    cognito._dispatch_idp = _dispatch
    # This package's operations check confirmation codes and auth flows themselves.
    cognito._confirmation_code_error = cognito._auth_flow_error = _no_error
    cognito._password_policy_errors = passwords.policy_errors
    cognito._normalize_schema_attribute = pools.schema_attribute
    cognito._resolve_user = users.resolve_user
    cognito._validate_client_secret_hash = client_secrets.check
    cognito._user_from_token = _user_from_token
    cognito._oauth2_refresh_api_issued_token = _refresh_at_token_endpoint
    cognito._send_verification_email = _send_code
    cognito._signed_jwt = _sign
    cognito._deliver_cognito_email = mailbox.deliver
    signed = ("Admin", "UserPool", "IdentityProvider")
    cognito._UNSIGNED_IDP_ACTIONS |= {name for name in _OWN if not any(part in name for part in signed)}


async def _dispatch(action: str, data: Json) -> Answer:
    if action not in _MODEL.operation_names:
        return await _native_dispatch(action, data)
    if refused := _shape_error(action, data):
        return refused
    if missing := limits.not_done(action, data):
        return _refuse(not_implemented(missing))
    if own := _OWN.get(action):
        run = cognito._run_idp_handler
        return await concurrency.run_reentrant(run, partial(answer_of, own), action, data)
    answer: Answer = await _native_dispatch(action, data)
    if answer[0] != 200 and b"Unknown Cognito IDP action" in answer[2]:  # noqa: PLR2004 - HTTP
        return _refuse(not_implemented(action))
    return answer


def _shape_error(action: str, data: Json) -> Answer | None:
    """Return AWS's error for a request that violates botocore's model, without the values, or None."""
    shape = _MODEL.operation_model(action).input_shape
    assert shape is not None  # noqa: S101 - every operation of this service has an input
    report = ParamValidator().validate(data, shape)
    if report.has_errors():
        reason, field, more = report._errors[0]
        where = more.get("required_name", field.lstrip("."))
        return _refuse(invalid_parameter(f"1 validation error detected: {reason} at '{where}'"))
    unmet = constraints.first_unmet(data, shape)
    return _refuse(invalid_parameter(f"1 validation error detected: {unmet}")) if unmet else None


def _no_error(_action: str, _data: Json) -> None:
    return None


def _refuse(refusal: Refusal) -> Answer:
    return responses.error_response_json(refusal.code, refusal.message, refusal.status)


def _send_code(pool: Json, username: str, user_attributes: Json, _code: str, attribute_name: str = "email") -> object:
    """Mail a random code in place of ministack's code, which is always the same."""
    user = users.require_user(pool, username)
    purpose = _PURPOSES[attribute_name]
    if purpose == "sign-up" and "email" not in pool.get("AutoVerifiedAttributes", []):
        return None
    return _native_send(pool, username, user_attributes, codes.issue(user, purpose), attribute_name=purpose)


def _sign(claims: Json, *more: str) -> str:
    """Sign a token (also a refresh token) with its session's auth_time and without unreadable attributes."""
    began = auth_time.get() or claims.get("auth_time") or claims["iat"]
    added: Json = {"auth_time": began}
    if claims.get("token_use") in {"access", "id"}:
        # One event issues both.
        added["event_id"] = event_id.get() or cognito.new_uuid()
    return cast("str", _native_sign(attributes.readable_claims(claims) | added, *more))


def _refresh_at_token_endpoint(token: str, client_id: str, secret: str) -> object:
    """Refuse a refresh that would bypass rotation: ministack's token endpoint does not rotate."""
    pool = cognito._pool_for_client(client_id)[0]
    client: Json = pool["_clients"][client_id] if pool else {}
    if section(client, "RefreshTokenRotation").get("Feature") == "ENABLED":
        return cognito._oauth2_error(
            "invalid_grant", "The local Cognito rotates refresh tokens at GetTokensFromRefreshToken only."
        )
    return _native_refresh(token, client_id, secret)


def _user_from_token(token: str, pool: Json) -> Json | None:
    claims = claims_of(token)
    return users.user_of_claims(claims) if users.pool_of_claims(claims) is pool else None
