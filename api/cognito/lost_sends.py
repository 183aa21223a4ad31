"""Error responses to a retry: what they mean when an earlier send may have been executed, its response lost."""

from api import errors
from api.errors import AuthError

# SignUp has no row: a taken address need not be our own lost work (api.state.sign_ups).
_DONE = {
    ("DeleteUser", "UserNotFoundException"): ("",),
    ("DeleteWebAuthnCredential", "ResourceNotFoundException"): (" ",),
    ("ForgetDevice", "ResourceNotFoundException"): ("",),
    ("RevokeUserSession", "ResourceNotFoundException"): ("",),
    ("ConfirmSignUp", "NotAuthorizedException"): ("current status is confirmed", "status is not unconfirmed"),
    ("GlobalSignOut", "NotAuthorizedException"): ("revoked",),
}

# To ask again is all that it takes.
_WITHOUT_EFFECT = ("AdminGet", "AdminList", "Get", "InitiateAuth", "List")
_WITH_EFFECT = ("GetTokensFromRefreshToken", "GetUserAttributeVerificationCode")
# Said of the request, the client or the pool, so that an earlier send was refused as well. Everything else may be what
# that send has done (a code, a session, a refresh token used up; the old password made wrong), or is said of this one
# send only, as "too many requests" is.
_OF_EVERY_SEND = {
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
# "Not authorized" may be what the earlier send has done to the session, the token or the user.
_ENDS_ITS_OWN_RIGHT = {
    "AssociateSoftwareToken",
    "DeleteUser",
    "GetTokensFromRefreshToken",
    "RevokeUserSession",
    "VerifySoftwareToken",
}
# A sign-up that was confirmed unheard says so, or that its code or session is used up, and not one of these.
_NOT_CONFIRMED = {"CodeMismatchException", "InvalidParameterException", "UserNotFoundException"}


def is_done_already(operation: str, code: str, message: str) -> bool:
    """Tell whether an error answer says that the operation had been executed before.

    After a send that may have been executed unheard, that is the answer which got lost.
    """
    return any(sign in message.lower() for sign in _DONE.get((operation, code), ()))


def is_undecidable(operation: str, code: str, found: type[AuthError]) -> bool:
    """Tell whether an error answer says nothing after a send that may have been executed; it means ``found``."""
    if operation.startswith(_WITHOUT_EFFECT) and not operation.startswith(_WITH_EFFECT):
        return False
    if operation == "ConfirmSignUp" and code in _NOT_CONFIRMED:
        return False
    ends_its_own_right = operation in _ENDS_ITS_OWN_RIGHT and found is errors.InvalidToken
    # What is concealed claims nothing.
    return ends_its_own_right or (found is not errors.Concealed and found not in _OF_EVERY_SEND)
