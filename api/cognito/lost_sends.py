"""Error responses to a retry: what they mean when an earlier send may have been executed, its response lost."""

from api import errors
from api.errors import AuthError

# SignUp has no row: a taken address is not necessarily the effect of a lost attempt.
_DONE = {
    ("DeleteUser", "UserNotFoundException"): ("",),
    ("DeleteWebAuthnCredential", "ResourceNotFoundException"): (" ",),
    ("ForgetDevice", "ResourceNotFoundException"): ("",),
    ("RevokeUserSession", "ResourceNotFoundException"): ("",),
    ("ConfirmSignUp", "NotAuthorizedException"): ("current status is confirmed", "status is not unconfirmed"),
    ("GlobalSignOut", "NotAuthorizedException"): ("revoked",),
}

# Prefixes of operations without side effects, and the exceptions to them: a retry's response is conclusive.
_WITHOUT_EFFECT = ("AdminGet", "AdminList", "Get", "InitiateAuth", "List")
_WITH_EFFECT = ("GetTokensFromRefreshToken", "GetUserAttributeVerificationCode")
# Errors about the request, the client or the pool: an earlier attempt was refused for the same reason. Any other error
# may be the effect of that attempt (a used code, session or refresh token; an old password that is now wrong), or
# concern only the last attempt, such as "too many requests".
_OF_EVERY_SEND = {
    errors.ClientRejected,
    errors.DeliveryMisconfigured,
    errors.FeatureNotEnabled,
    errors.InvalidPassword,
    errors.InvalidToken,
    errors.PasskeyNotSupported,
    errors.PasskeyRejected,
    errors.PoolFeatureMissing,
    errors.ServerMisconfigured,
    errors.UnsupportedTokenType,
    errors.UpstreamInvalidResponse,
    errors.UpstreamUnavailable,
    errors.ValidationFailed,
}
# Here "not authorized" may be the effect of the earlier attempt on the session, the token or the user.
_ENDS_ITS_OWN_RIGHT = {
    "AssociateSoftwareToken",
    "DeleteUser",
    "GetTokensFromRefreshToken",
    "RevokeUserSession",
    "VerifySoftwareToken",
}
# If the attempt with the lost response had confirmed the sign-up, Cognito would report that, or a used code or session,
# but none of these. A trigger runs after the last attempt has confirmed it.
_NOT_CONFIRMED = {"CodeMismatchException", "InvalidParameterException", "UserNotFoundException"}


def is_done_already(operation: str, code: str, message: str) -> bool:
    """Return whether an error response says that the operation had been executed before.

    After an attempt that may have been executed with its response lost, this means that the attempt succeeded.
    """
    return any(sign in message.lower() for sign in _DONE.get((operation, code), ()))


def is_undecidable(operation: str, code: str, found: type[AuthError]) -> bool:
    """Return whether the error ``found`` is inconclusive after an attempt that may have been executed."""
    if operation.startswith(_WITHOUT_EFFECT) and not operation.startswith(_WITH_EFFECT):
        return False
    if operation == "ConfirmSignUp":
        # A confirmation that is taken for a refusal would let account pre-hijacking happen, so nothing else is certain.
        return code not in _NOT_CONFIRMED and found is not errors.ActionRejected
    ends_its_own_right = operation in _ENDS_ITS_OWN_RIGHT and found is errors.InvalidToken
    # A concealed error makes no claim about the outcome.
    return ends_its_own_right or (found is not errors.Concealed and found not in _OF_EVERY_SEND)
