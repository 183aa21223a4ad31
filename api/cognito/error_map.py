"""Mapping of Cognito's exceptions to this API's errors.

``DEFAULT`` has a row for each exception of botocore's model; ``BY_OPERATION`` overrides it for single operations.
``tests/contract/test_error_map.py`` reports by name each exception of a newer model that has no row.
"""

from api import errors
from api.cognito.errors import NOT_IMPLEMENTED, is_server_fault
from api.errors import AuthError

DEFAULT: dict[str, type[AuthError]] = {
    "AccessDeniedException": errors.ServerMisconfigured,
    "AliasExistsException": errors.EmailInUse,
    "CodeDeliveryFailureException": errors.CodeDeliveryFailed,
    "CodeMismatchException": errors.InvalidCode,
    "ConcurrentModificationException": errors.Conflict,
    "DeviceKeyExistsException": errors.Conflict,
    "DuplicateProviderException": errors.Conflict,
    "EnableSoftwareTokenMFAException": errors.InvalidCode,
    "ExpiredCodeException": errors.InvalidCode,
    "FeatureUnavailableInTierException": errors.PoolFeatureMissing,
    "ForbiddenException": errors.RequestBlocked,
    "GroupExistsException": errors.Conflict,
    "InternalErrorException": errors.UpstreamUnavailable,
    "InternalServerException": errors.UpstreamUnavailable,
    "InvalidEmailRoleAccessPolicyException": errors.ServerMisconfigured,
    "InvalidLambdaResponseException": errors.UpstreamInvalidResponse,
    "InvalidOAuthFlowException": errors.ServerMisconfigured,
    "InvalidParameterException": errors.ValidationFailed,
    "InvalidPasswordException": errors.InvalidPassword,
    "InvalidSmsRoleAccessPolicyException": errors.ServerMisconfigured,
    "InvalidSmsRoleTrustRelationshipException": errors.ServerMisconfigured,
    "InvalidUserPoolConfigurationException": errors.ServerMisconfigured,
    "LimitExceededException": errors.TooManyAttempts,
    "MFAMethodNotFoundException": errors.MfaNotEnrolled,
    "ManagedLoginBrandingExistsException": errors.Conflict,
    "NotAuthorizedException": errors.InvalidToken,
    "OperationNotEnabledException": errors.ServerMisconfigured,
    "PasswordHistoryPolicyViolationException": errors.PasswordReused,
    "PasswordResetRequiredException": errors.PasswordResetRequired,
    "PreconditionNotMetException": errors.Conflict,
    "RefreshTokenReuseException": errors.SessionEnded,
    "ResourceNotFoundException": errors.ServerMisconfigured,
    "ScopeDoesNotExistException": errors.ValidationFailed,
    "ServiceQuotaExceededException": errors.RateLimited,
    "SoftwareTokenMFANotFoundException": errors.MfaNotEnrolled,
    "TermsExistsException": errors.Conflict,
    "TierChangeNotAllowedException": errors.ServerMisconfigured,
    "TooManyFailedAttemptsException": errors.TooManyAttempts,
    "TooManyRequestsException": errors.RateLimited,
    "UnauthorizedException": errors.InvalidToken,
    "UnexpectedLambdaException": errors.UpstreamInvalidResponse,
    "UnsupportedIdentityProviderException": errors.ServerMisconfigured,
    "UnsupportedOperationException": errors.ServerMisconfigured,
    "UnsupportedTokenTypeException": errors.UnsupportedTokenType,
    "UnsupportedUserStateException": errors.Conflict,
    "UserImportInProgressException": errors.Conflict,
    "UserLambdaValidationException": errors.ActionRejected,
    "UserNotConfirmedException": errors.EmailNotVerified,
    "UserNotFoundException": errors.InvalidToken,
    "UserPoolAddOnNotEnabledException": errors.PoolFeatureMissing,
    "UserPoolTaggingException": errors.ServerMisconfigured,
    "UsernameExistsException": errors.EmailInUse,
    "WebAuthnChallengeNotFoundException": errors.PasskeyChallengeExpired,
    "WebAuthnClientMismatchException": errors.PasskeyRejected,
    "WebAuthnConfigurationMissingException": errors.PoolFeatureMissing,
    "WebAuthnCredentialNotSupportedException": errors.PasskeyNotSupported,
    "WebAuthnNotEnabledException": errors.PoolFeatureMissing,
    "WebAuthnOriginNotAllowedException": errors.PasskeyRejected,
    "WebAuthnRelyingPartyMismatchException": errors.PasskeyRejected,
}

# What Cognito raises only because there is a user to mail, to text, or to run a trigger for. Where a stranger can cause
# it, the response must be that for an address without an account; the fault is logged (``api.cognito.calls``).
ONLY_FOR_USERS = (
    "CodeDeliveryFailureException",
    "InvalidEmailRoleAccessPolicyException",
    "InvalidLambdaResponseException",
    "InvalidSmsRoleAccessPolicyException",
    "InvalidSmsRoleTrustRelationshipException",
    # The hourly limit of a user, or the daily quota of mails.
    "LimitExceededException",
    "UnexpectedLambdaException",
    "UserLambdaValidationException",
)
_TRIGGERS = ("InvalidLambdaResponseException", "UnexpectedLambdaException", "UserLambdaValidationException")
_CLIENT: dict[str, type[AuthError]] = {"ResourceNotFoundException": errors.ClientRejected}
_CODE_REQUEST: dict[str, type[AuthError]] = {
    **_CLIENT,
    **dict.fromkeys(ONLY_FOR_USERS, errors.Concealed),
    "InvalidParameterException": errors.Concealed,
    "NotAuthorizedException": errors.Concealed,
    "UserNotFoundException": errors.Concealed,
}
# "Too many attempts" at a code would reveal that the account exists. The rate limits of this API are lower than
# Cognito's, so they apply first.
_CODE: dict[str, type[AuthError]] = {
    **_CLIENT,
    "InvalidParameterException": errors.InvalidCode,
    "LimitExceededException": errors.InvalidCode,
    "NotAuthorizedException": errors.InvalidCode,
    "TooManyFailedAttemptsException": errors.InvalidCode,
    "UserNotFoundException": errors.InvalidCode,
}
_CREDENTIALS: dict[str, type[AuthError]] = {
    **_CLIENT,
    "NotAuthorizedException": errors.InvalidCredentials,
    "UserNotFoundException": errors.InvalidCredentials,
}

# The access token identifies the pool, so the missing resource is the device or the session.
_MISSING: dict[str, type[AuthError]] = {"ResourceNotFoundException": errors.ResourceMissing}

# Signed with AWS credentials: "not authorized" refers to this service, and an unknown user is a missing resource.
_ADMINISTRATION: dict[str, type[AuthError]] = {
    "AccessDeniedException": errors.AdministrationRefused,
    "NotAuthorizedException": errors.AdministrationRefused,
    "PasswordResetRequiredException": errors.Conflict,
    "UserNotConfirmedException": errors.Conflict,
    "UserNotFoundException": errors.ResourceMissing,
}
_OF_GROUP = _ADMINISTRATION | {"ResourceNotFoundException": errors.ResourceMissing}

BY_OPERATION: dict[str, dict[str, type[AuthError]]] = {
    # Only a new address is mailed a code, and the user exists by then (API page SignUp).
    "SignUp": {
        **_CLIENT,
        **dict.fromkeys(ONLY_FOR_USERS, errors.Concealed),
        "NotAuthorizedException": errors.ServerMisconfigured,
        "UsernameExistsException": errors.Concealed,
    },
    # The trigger runs after the confirmation, which remains in effect.
    "ConfirmSignUp": _CODE | dict.fromkeys(_TRIGGERS, errors.ActionRejected),
    "ResendConfirmationCode": _CODE_REQUEST,
    "InitiateAuth": {
        **_CREDENTIALS,
        "FeatureUnavailableInTierException": errors.ServerMisconfigured,
        # The user has no password yet (aws-amplify/amplify-flutter#933); a flow that is off has a message.
        "InvalidParameterException": errors.PasswordResetRequired,
        **dict.fromkeys(_TRIGGERS, errors.InvalidCredentials),
        "InvalidEmailRoleAccessPolicyException": errors.DeliveryMisconfigured,
        "InvalidSmsRoleAccessPolicyException": errors.DeliveryMisconfigured,
        "InvalidSmsRoleTrustRelationshipException": errors.DeliveryMisconfigured,
    },
    "RespondToAuthChallenge": _CREDENTIALS
    | {"CodeMismatchException": errors.ChallengeCodeMismatch, "ExpiredCodeException": errors.ChallengeExpired},
    "GlobalSignOut": {
        "PasswordResetRequiredException": errors.InvalidToken,
        "UserNotConfirmedException": errors.InvalidToken,
    },
    "RevokeToken": {
        "InvalidParameterException": errors.Concealed,
        "UnauthorizedException": errors.ServerMisconfigured,
    },
    "AssociateSoftwareToken": {"SoftwareTokenMFANotFoundException": errors.PoolFeatureMissing},
    "ForgetDevice": _MISSING | {"InvalidUserPoolConfigurationException": errors.PoolFeatureMissing},
    "GetTokensFromRefreshToken": {"InvalidParameterException": errors.InvalidToken},
    "RevokeUserSession": _MISSING,
    "ListDevices": {"InvalidUserPoolConfigurationException": errors.PoolFeatureMissing},
    **dict.fromkeys(
        (
            "AdminCreateUser",
            "AdminDeleteUser",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminGetUser",
            "AdminListGroupsForUser",
            "AdminSetUserMFAPreference",
            "AdminUpdateUserAttributes",
            "AdminUserGlobalSignOut",
            "CreateGroup",
            "ListGroups",
            "ListUsers",
        ),
        _ADMINISTRATION,
    ),
    **dict.fromkeys(("AdminAddUserToGroup", "AdminRemoveUserFromGroup", "DeleteGroup", "ListUsersInGroup"), _OF_GROUP),
    # AdminConfirmSignUp: already confirmed. AdminResetUserPassword: the invitation was not accepted yet.
    "AdminConfirmSignUp": _ADMINISTRATION | {"NotAuthorizedException": errors.Conflict},
    "AdminResetUserPassword": _ADMINISTRATION | {"NotAuthorizedException": errors.Conflict},
    "ForgotPassword": _CODE_REQUEST,
    # The trigger runs after the password is set.
    "ConfirmForgotPassword": {
        **_CODE,
        "UserNotConfirmedException": errors.InvalidCode,
        **dict.fromkeys(_TRIGGERS, errors.ActionRejected),
    },
}

_SIGNED = {operation for operation, rows in BY_OPERATION.items() if "AccessDeniedException" in rows}

# Errors that any AWS API may return (CommonErrors); botocore's model does not list them.
COMMON: dict[str, type[AuthError]] = {
    "RequestLimitExceeded": errors.RateLimited,
    "Throttling": errors.RateLimited,
    "ThrottlingException": errors.RateLimited,
    # The signature is not valid (CommonErrors); only administration is affected.
    "ExpiredTokenException": errors.CredentialsMissing,
    "IncompleteSignature": errors.CredentialsMissing,
    "InvalidClientTokenId": errors.CredentialsMissing,
    "InvalidSignatureException": errors.CredentialsMissing,
    "MissingAuthenticationTokenException": errors.CredentialsMissing,
    "UnrecognizedClientException": errors.CredentialsMissing,
    # An operation that Cognito offers only in other regions, or not yet.
    "UnknownOperationException": errors.FeatureNotEnabled,
}

EXCEPTIONS = DEFAULT.keys() | COMMON.keys()

# Messages are matched below because AWS gives no other indication; no other module reads them.
# Proxies and WAFs in front of Cognito reject without an exception name.
_BY_STATUS: dict[int, type[AuthError]] = {429: errors.RateLimited}
_WRONG_SECRET = ("secret hash", "secret_hash")
_BY_MESSAGE: dict[tuple[str, str], tuple[tuple[str, ...], type[AuthError]]] = {
    ("ChangePassword", "NotAuthorizedException"): (("incorrect username or password",), errors.InvalidCredentials),
    # The access token identifies the pool, so any message means that the passkey is missing.
    ("DeleteWebAuthnCredential", "ResourceNotFoundException"): ((" ",), errors.ResourceMissing),
    ("InitiateAuth", "InvalidParameterException"): (("not enabled",), errors.ServerMisconfigured),
    # These triggers run after the password was found right.
    **dict.fromkeys(
        (("InitiateAuth", "InvalidLambdaResponseException"), ("InitiateAuth", "UnexpectedLambdaException")),
        (("postauthentication", "pretokengeneration"), errors.UpstreamInvalidResponse),
    ),
    ("InitiateAuth", "UserLambdaValidationException"): (
        ("postauthentication", "pretokengeneration"),
        errors.ActionRejected,
    ),
    # The pool allows users to join by invitation only.
    ("SignUp", "NotAuthorizedException"): (("not permitted",), errors.FeatureNotEnabled),
    # The pool requires another attribute, or has addresses as aliases: no user can sign up.
    ("SignUp", "InvalidParameterException"): (("did not conform", "email format"), errors.ServerMisconfigured),
    # This trigger runs before Cognito looks for an account.
    ("SignUp", "InvalidLambdaResponseException"): (("presignup",), errors.UpstreamInvalidResponse),
    ("SignUp", "UnexpectedLambdaException"): (("presignup",), errors.UpstreamInvalidResponse),
    ("SignUp", "UserLambdaValidationException"): (("presignup",), errors.ActionRejected),
    # Also in the words of the local Cognito. The factor, or the pool's mails or text messages, are not set up.
    ("SetUserMFAPreference", "InvalidParameterException"): (
        ("not verified", "not set up", "verified email", "delivery config"),
        errors.MfaNotEnrolled,
    ),
    ("RespondToAuthChallenge", "NotAuthorizedException"): (("invalid session",), errors.ChallengeExpired),
    ("UpdateUserAttributes", "NotAuthorizedException"): (("unauthorized attribute",), errors.ServerMisconfigured),
}


def error_for(operation: str, status: int, code: str, message: str) -> type[AuthError]:
    """Return the error class for an error response of Cognito."""
    if is_server_fault(status):
        # The exception name of a failing server says nothing reliable about the request.
        return errors.UpstreamUnavailable
    if code == "NotAuthorizedException" and any(sign in message.lower() for sign in _WRONG_SECRET):
        return errors.ClientRejected
    signs, found = _BY_MESSAGE.get((operation, code), ((), None))
    if found and any(sign in message.lower() for sign in signs):
        return found
    if status == NOT_IMPLEMENTED:
        return errors.FeatureNotEnabled
    row = BY_OPERATION.get(operation, {}).get(code) or DEFAULT.get(code) or COMMON.get(code) or _BY_STATUS.get(status)
    if row is errors.CredentialsMissing and operation not in _SIGNED:
        # Cognito has no unsigned operation of this name in this region, or not yet.
        return errors.FeatureNotEnabled
    return row or errors.UpstreamInvalidResponse
