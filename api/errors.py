"""Situations a request can end in. No HTTP here: ``problems.py`` alone knows their status codes.

::

    AuthError
    ├── ConfigurationError            the start stops
    ├── Concealed                     must look like success to the client
    ├── RequestError                  the client can mend it
    │   ├── ValidationFailed
    │   │   ├── InvalidPassword
    │   │   └── PasswordReused
    │   ├── InvalidCode
    │   ├── UnsupportedTokenType
    │   ├── OAuthFailed
    │   ├── PasskeyChallengeExpired
    │   ├── PasskeyNotSupported
    │   └── PasskeyRejected
    ├── AuthenticationError           who is it?
    │   ├── InvalidCredentials
    │   ├── InvalidToken
    │   ├── SessionEnded
    │   ├── ChallengeExpired
    │   └── ChallengeCodeMismatch
    ├── Refusal                       known, but not now
    │   ├── EmailNotVerified
    │   ├── PasswordResetRequired
    │   ├── ActionRejected
    │   ├── CrossSiteRequest
    │   ├── RequestBlocked
    │   ├── EmailInUse
    │   ├── ResourceMissing
    │   ├── Conflict
    │   ├── MfaNotEnrolled
    │   ├── ChallengeNotSupported
    │   ├── FeatureNotEnabled
    │   │   ├── AdministrationNotEnabled
    │   │   └── CredentialsMissing
    │   └── TooFast
    │       ├── TooManyAttempts
    │       └── RateLimited
    └── ServiceError                  not the client's fault
        ├── ServerMisconfigured
        │   ├── AdministrationRefused
        │   └── PoolFeatureMissing
        ├── CodeDeliveryFailed
        ├── UpstreamInvalidResponse
        ├── UpstreamUnavailable
        │   ├── MarksUnavailable
        │   └── Overloaded
        └── UpstreamTimeout
"""

from typing import NamedTuple


class AuthError(Exception):
    """Root of the tree. Its text is for the log; it never reaches a response."""


class ConfigurationError(AuthError):
    """The service cannot start; the text says what is wrong, where, and how to mend it."""


class Concealed(AuthError):
    """The identity provider refused, and telling the client would tell who has an account."""


class RequestError(AuthError):
    """The client can mend the request."""


class FieldError(NamedTuple):
    """One refused field: a JSON Pointer (RFC 6901) into the body, and what is allowed. Never the value."""

    pointer: str
    detail: str


class ValidationFailed(RequestError):
    """The body, or a part of it, is not what the operation takes."""

    def __init__(self, *errors: FieldError) -> None:
        """Carry the refused fields; none when only the identity provider knows which."""
        super().__init__(*(error.pointer for error in errors))
        self.errors = errors


class InvalidPassword(ValidationFailed):
    """The new password is not within the pool's password policy."""


class PasswordReused(ValidationFailed):
    """The new password was used before."""


class InvalidCode(RequestError):
    """Wrong, expired or used code, or no such user: one situation, so that it tells nothing."""


class UnsupportedTokenType(RequestError):
    """The token cannot be revoked (RFC 7009, section 2.2.1)."""


class OAuthFailed(RequestError):
    """The sign-in at the hosted pages did not end well, or not in the browser that began it."""


class PasskeyChallengeExpired(RequestError):
    """The registration was not completed in time."""


class PasskeyNotSupported(RequestError):
    """The authenticator does not do what the pool asks for."""


class PasskeyRejected(RequestError):
    """The passkey was made for another origin, client or relying party."""


class AuthenticationError(AuthError):
    """It is not shown who the client is."""


class InvalidCredentials(AuthenticationError):
    """Wrong password, unknown, disabled or locked-out user: one situation, so that it tells nothing."""


class InvalidToken(AuthenticationError):
    """The token is malformed, forged, expired or revoked (RFC 6750, section 3.1)."""


class SessionEnded(AuthenticationError):
    """The refresh token was revoked or used twice."""


class ChallengeExpired(AuthenticationError):
    """The challenge was not answered in time."""


class ChallengeCodeMismatch(AuthenticationError):
    """The code that answers a challenge is wrong."""


class Refusal(AuthError):
    """The client is known, or its state is, and the answer is no."""


class EmailNotVerified(Refusal):
    """The password is right, the address is not verified."""


class PasswordResetRequired(Refusal):
    """An administrator reset the password."""


class ActionRejected(Refusal):
    """A Lambda trigger of the pool said no."""


class CrossSiteRequest(Refusal):
    """A session in cookies, and a request that another site may have made."""


class RequestBlocked(Refusal):
    """The pool's web ACL said no."""


class EmailInUse(Refusal):
    """Another account holds the address; said only to who has shown to own it."""


class ResourceMissing(Refusal):
    """There is no such passkey, device, session, user or group."""


class Conflict(Refusal):
    """The resource exists already or is in another state."""


class MfaNotEnrolled(Refusal):
    """The user has no second factor of this kind."""


class ChallengeNotSupported(Refusal):
    """Cognito asks for a step that this API does not offer."""


class FeatureNotEnabled(Refusal):
    """This deployment, or its user pool, does not offer the operation."""


class AdministrationNotEnabled(FeatureNotEnabled):
    """There is no group of administrators."""


class CredentialsMissing(FeatureNotEnabled):
    """Administration needs AWS credentials, and this process has none."""


class TooFast(Refusal):
    """Later the same request would be taken."""

    def __init__(self, retry_after: int | None = None) -> None:
        """Carry the seconds to wait, where they are known."""
        super().__init__()
        self.retry_after = retry_after


class TooManyAttempts(TooFast):
    """Too many attempts for this user."""


class RateLimited(TooFast):
    """Too many requests."""


class ServiceError(AuthError):
    """The fault lies with this service or behind it."""


class ServerMisconfigured(ServiceError):
    """Pool, client, secret or permissions do not fit; ``/readyz`` goes red."""


class AdministrationRefused(ServerMisconfigured):
    """The API's AWS credentials do not allow the operation; sign-in goes on."""


class PoolFeatureMissing(ServerMisconfigured):
    """The pool does not offer what a person asked for; that is no fault of the service, and it goes on."""


class CodeDeliveryFailed(ServiceError):
    """The code could not be sent."""


class UpstreamInvalidResponse(ServiceError):
    """The identity provider's answer is not what its model says."""


class UpstreamUnavailable(ServiceError):
    """The identity provider cannot be reached or is at fault."""


class MarksUnavailable(UpstreamUnavailable):
    """What is known of an address's sign-ups cannot be read or written, and guessing could let a stranger in."""


class Overloaded(UpstreamUnavailable):
    """So many calls are under way that none is added; said at once."""


class UpstreamTimeout(ServiceError):
    """The identity provider did not answer within the deadline."""
