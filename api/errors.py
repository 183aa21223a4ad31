"""Errors of the API, independent of HTTP: only ``problems.py`` knows their status codes.

::

    AuthError
    ├── ConfigurationError            startup fails
    ├── Concealed                     must look like success to the client
    ├── RequestError                  the client can fix it
    │   ├── ValidationFailed
    │   │   ├── InvalidPassword
    │   │   └── PasswordReused
    │   ├── InvalidCode
    │   ├── UnsupportedTokenType
    │   ├── OAuthFailed
    │   │   ├── OAuthDenied
    │   │   └── OAuthInteractionRequired
    │   ├── PasskeyChallengeExpired
    │   ├── PasskeyNotSupported
    │   └── PasskeyRejected
    ├── AuthenticationError           the client is not authenticated
    │   ├── InvalidCredentials
    │   ├── InvalidToken
    │   ├── SessionEnded
    │   ├── ChallengeExpired
    │   └── ChallengeCodeMismatch
    ├── Refusal                       understood, but rejected
    │   ├── EmailNotVerified
    │   ├── PasswordResetRequired
    │   ├── ActionRejected
    │   ├── CrossSiteRequest
    │   │   └── CsrfTokenRefused
    │   ├── RequestBlocked
    │   ├── EmailInUse
    │   ├── ResourceMissing
    │   ├── Conflict
    │   ├── MfaNotEnrolled
    │   ├── ChallengeNotSupported
    │   ├── FeatureNotEnabled
    │   │   ├── AdministrationNotEnabled
    │   │   ├── CredentialsMissing
    │   │   └── PoolFeatureMissing
    │   └── TooFast
    │       ├── TooManyAttempts
    │       └── RateLimited
    └── ServiceError                  not the client's fault
        ├── ServerMisconfigured
        │   ├── AdministrationRefused
        │   ├── ClientRejected
        │   └── DeliveryMisconfigured
        ├── CodeDeliveryFailed
        ├── UpstreamInvalidResponse
        ├── UpstreamUnavailable
        │   ├── StateUnavailable
        │   └── Overloaded
        └── UpstreamTimeout
"""

from typing import NamedTuple


class AuthError(Exception):
    """Base class of all errors. Its text is for the log and never reaches a response."""


class ConfigurationError(AuthError):
    """The service cannot start; the text says what is wrong, where, and how to fix it."""


class Concealed(AuthError):
    """The identity provider rejected the request; returning that would reveal whether an account exists."""


class RequestError(AuthError):
    """The client can fix the request."""


class FieldError(NamedTuple):
    """A rejected field: a JSON Pointer (RFC 6901) into the body, and what is allowed; never the value."""

    pointer: str
    detail: str


class ValidationFailed(RequestError):
    """The body, or a part of it, is not valid for the operation."""

    def __init__(self, *errors: FieldError) -> None:
        """Store the rejected fields; none when only the identity provider knows them."""
        super().__init__(*(error.pointer for error in errors))
        self.errors = errors


class InvalidPassword(ValidationFailed):
    """The new password does not meet the pool's password policy."""


class PasswordReused(ValidationFailed):
    """The new password was used before."""


class InvalidCode(RequestError):
    """Wrong, expired or used code, or unknown user: one error, so that it does not reveal accounts."""


class UnsupportedTokenType(RequestError):
    """The token cannot be revoked (RFC 7009, section 2.2.1)."""


class OAuthFailed(RequestError):
    """The sign-in at the hosted pages failed, or did not end in the browser that started it."""


class OAuthDenied(OAuthFailed):
    """The user, or the other identity provider, declined the sign-in (RFC 6749, section 4.1.2.1: access_denied)."""


class OAuthInteractionRequired(OAuthFailed):
    """``prompt=none`` was asked, but the user has to act (OpenID Connect Core, section 3.1.2.6)."""


class PasskeyChallengeExpired(RequestError):
    """The registration was not completed in time."""


class PasskeyNotSupported(RequestError):
    """The authenticator does not meet the pool's requirements."""


class PasskeyRejected(RequestError):
    """The passkey belongs to another origin, client or relying party."""


class AuthenticationError(AuthError):
    """The client is not authenticated."""


class InvalidCredentials(AuthenticationError):
    """Wrong password, unknown, disabled or locked-out user: one error, so that it does not reveal accounts."""


class InvalidToken(AuthenticationError):
    """The token is malformed, forged, expired or revoked (RFC 6750, section 3.1)."""


class SessionEnded(AuthenticationError):
    """The refresh token was revoked or used twice."""


class ChallengeExpired(AuthenticationError):
    """The challenge session is invalid, expired or was used too often."""


class ChallengeCodeMismatch(AuthenticationError):
    """The code in a challenge response is wrong."""


class Refusal(AuthError):
    """The request was understood and rejected."""


class EmailNotVerified(Refusal):
    """The password is correct, but the address is not verified."""


class PasswordResetRequired(Refusal):
    """An administrator reset the password."""


class ActionRejected(Refusal):
    """A Lambda trigger of the pool rejected the operation."""


class CrossSiteRequest(Refusal):
    """A request with a cookie session may come from another site."""


class CsrfTokenRefused(CrossSiteRequest):
    """The CSRF token is missing, or of another session."""


class RequestBlocked(Refusal):
    """The pool's web ACL blocked the request."""


class EmailInUse(Refusal):
    """Another account has the address; reported only after the user has proved to own it."""


class ResourceMissing(Refusal):
    """The passkey, device, session, user or group does not exist."""


class Conflict(Refusal):
    """The resource already exists, or its state does not allow the operation."""


class MfaNotEnrolled(Refusal):
    """The user has no second factor of this kind."""


class ChallengeNotSupported(Refusal):
    """Cognito requires a challenge that this API does not support."""


class FeatureNotEnabled(Refusal):
    """This deployment, or its user pool, does not support the operation."""


class AdministrationNotEnabled(FeatureNotEnabled):
    """No group of administrators is configured."""


class CredentialsMissing(FeatureNotEnabled):
    """Administration requires AWS credentials, and this process has no valid ones."""


class PoolFeatureMissing(FeatureNotEnabled):
    """The pool does not offer the requested operation: passkeys, devices or second factors are off."""


class TooFast(Refusal):
    """The request exceeds a limit; the client can repeat it later."""

    def __init__(self, retry_after: int | None = None) -> None:
        """Store the seconds to wait, if known."""
        super().__init__()
        self.retry_after = retry_after


class TooManyAttempts(TooFast):
    """Too many attempts for this user."""


class RateLimited(TooFast):
    """Too many requests."""


class ServiceError(AuthError):
    """The error is caused by this service or by a service that it depends on."""


class ServerMisconfigured(ServiceError):
    """A setting of the pool or the client prevents the operation."""


class ClientRejected(ServerMisconfigured):
    """Cognito does not know the app client, or its secret does not fit: no request can cause this."""


class DeliveryMisconfigured(ServerMisconfigured):
    """Cognito's role for mails or text messages does not work."""


class AdministrationRefused(ServerMisconfigured):
    """The API's AWS credentials do not allow the operation; sign-in is not affected."""


class CodeDeliveryFailed(ServiceError):
    """The code could not be sent."""


class UpstreamInvalidResponse(ServiceError):
    """The identity provider's response does not match its API model."""


class UpstreamUnavailable(ServiceError):
    """The identity provider cannot be reached or has a server error."""


class StateUnavailable(UpstreamUnavailable):
    """The records of an address cannot be read or written; guessing could allow account pre-hijacking."""


class Overloaded(UpstreamUnavailable):
    """Too many calls are in progress; raised at once, without another call."""


class UpstreamTimeout(ServiceError):
    """The identity provider did not respond within the deadline."""
