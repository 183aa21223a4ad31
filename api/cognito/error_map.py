"""Cognito's exceptions as situations, for every operation.

``DEFAULT`` has a row for each exception of botocore's model, ``BY_OPERATION`` what an operation means by it
otherwise. ``tests/contract/test_error_map.py`` names each exception of a newer model that has no row.
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

_CONCEALED_CODE_REQUEST: dict[str, type[AuthError]] = {
    "CodeDeliveryFailureException": errors.Concealed,
    "InvalidParameterException": errors.Concealed,
    "LimitExceededException": errors.Concealed,
    "NotAuthorizedException": errors.Concealed,
    "UserLambdaValidationException": errors.Concealed,
    "UserNotFoundException": errors.Concealed,
}
# That somebody has had too many tries at a code tells that there is somebody, so the limits here are the lower ones.
_CODE: dict[str, type[AuthError]] = {
    "InvalidParameterException": errors.InvalidCode,
    "LimitExceededException": errors.InvalidCode,
    "NotAuthorizedException": errors.InvalidCode,
    "TooManyFailedAttemptsException": errors.InvalidCode,
    "UserNotFoundException": errors.InvalidCode,
}
_CREDENTIALS: dict[str, type[AuthError]] = {
    "NotAuthorizedException": errors.InvalidCredentials,
    "UserNotFoundException": errors.InvalidCredentials,
}

# The pool is the token's, so what is not found is the device or the session.
_MISSING: dict[str, type[AuthError]] = {"ResourceNotFoundException": errors.ResourceMissing}

# AWS credentials sign these: what is not authorized is ours, and an unknown user is one that is not there.
_ADMINISTRATION: dict[str, type[AuthError]] = {
    "AccessDeniedException": errors.AdministrationRefused,
    "NotAuthorizedException": errors.AdministrationRefused,
    "PasswordResetRequiredException": errors.Conflict,
    "UserNotConfirmedException": errors.Conflict,
    "UserNotFoundException": errors.ResourceMissing,
}
_OF_GROUP = _ADMINISTRATION | {"ResourceNotFoundException": errors.ResourceMissing}

BY_OPERATION: dict[str, dict[str, type[AuthError]]] = {
    "SignUp": {
        "CodeDeliveryFailureException": errors.Concealed,
        # The day's mails are spent; the user is there (API page SignUp), and a taken address would not tell.
        "LimitExceededException": errors.Concealed,
        "NotAuthorizedException": errors.ServerMisconfigured,
        "UsernameExistsException": errors.Concealed,
    },
    "ConfirmSignUp": _CODE,
    "ResendConfirmationCode": _CONCEALED_CODE_REQUEST,
    "InitiateAuth": _CREDENTIALS | {"InvalidParameterException": errors.ServerMisconfigured},
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
    "ForgetDevice": _MISSING,
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
    # A sign-up that is confirmed already; an invitation that was not taken up.
    "AdminConfirmSignUp": _ADMINISTRATION | {"NotAuthorizedException": errors.Conflict},
    "AdminResetUserPassword": _ADMINISTRATION | {"NotAuthorizedException": errors.Conflict},
    "ForgotPassword": _CONCEALED_CODE_REQUEST,
    "ConfirmForgotPassword": _CODE | {"UserNotConfirmedException": errors.InvalidCode},
}

_SIGNED = {operation for operation, rows in BY_OPERATION.items() if "AccessDeniedException" in rows}

# Errors that any AWS API may answer with; botocore's model does not list them (CommonErrors).
COMMON: dict[str, type[AuthError]] = {
    "RequestLimitExceeded": errors.RateLimited,
    "Throttling": errors.RateLimited,
    "ThrottlingException": errors.RateLimited,
    # The signature does not count (CommonErrors): administration alone is out of order.
    "ExpiredTokenException": errors.CredentialsMissing,
    "IncompleteSignature": errors.CredentialsMissing,
    "InvalidClientTokenId": errors.CredentialsMissing,
    "InvalidSignatureException": errors.CredentialsMissing,
    "MissingAuthenticationTokenException": errors.CredentialsMissing,
    "UnrecognizedClientException": errors.CredentialsMissing,
    # An operation that Cognito has in other regions, or will have.
    "UnknownOperationException": errors.FeatureNotEnabled,
}

EXCEPTIONS = DEFAULT.keys() | COMMON.keys()

# The messages below are matched because AWS gives no other sign; no other module looks at one.
# What stands before Cognito turns away without a name.
_BY_STATUS: dict[int, type[AuthError]] = {429: errors.RateLimited}
_WRONG_SECRET = ("secret hash", "secret_hash")
_BY_MESSAGE: dict[tuple[str, str], tuple[str, type[AuthError]]] = {
    ("ChangePassword", "NotAuthorizedException"): ("incorrect username or password", errors.InvalidCredentials),
    # The pool is the token's, so whatever text there is, it is of the passkey.
    ("DeleteWebAuthnCredential", "ResourceNotFoundException"): (" ", errors.ResourceMissing),
    # A pool that takes invitations only.
    ("SignUp", "NotAuthorizedException"): ("not permitted", errors.FeatureNotEnabled),
    ("RespondToAuthChallenge", "NotAuthorizedException"): ("invalid session", errors.ChallengeExpired),
    ("UpdateUserAttributes", "NotAuthorizedException"): ("unauthorized attribute", errors.ServerMisconfigured),
}


def error_for(operation: str, status: int, code: str, message: str) -> type[AuthError]:
    """Return the situation that an error answer of Cognito means."""
    if is_server_fault(status):
        # A server that fails knows nothing of the request, whatever it names.
        return errors.UpstreamUnavailable
    if code == "NotAuthorizedException" and any(sign in message.lower() for sign in _WRONG_SECRET):
        return errors.ServerMisconfigured
    sign, found = _BY_MESSAGE.get((operation, code), ("", None))
    if found and sign in message.lower():
        return found
    if status == NOT_IMPLEMENTED:
        return errors.FeatureNotEnabled
    row = BY_OPERATION.get(operation, {}).get(code) or DEFAULT.get(code) or COMMON.get(code) or _BY_STATUS.get(status)
    if row is errors.CredentialsMissing and operation not in _SIGNED:
        # Cognito has no unsigned operation of this name, here or yet.
        return errors.FeatureNotEnabled
    return row or errors.UpstreamInvalidResponse
