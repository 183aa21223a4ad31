"""Exceptions of token verification: one class per check, with the expected and the actual value for the log.

::

    TokenError
    ├── TokenRefused                  401 invalid_token (RFC 6750, section 3.1)
    │   ├── TokenMalformed            not a JWT in canonical encoding
    │   ├── HeaderRefused             unsupported alg, typ, kid or other parameter
    │   ├── KeyUnknown                kid is not in the user pool's JWKS
    │   ├── SignatureInvalid
    │   ├── ClaimRefused              a claim is missing or not valid
    │   │   ├── IssuerRefused
    │   │   ├── ClientRefused
    │   │   ├── TokenUseRefused
    │   │   ├── TokenExpired
    │   │   └── TokenNotYetValid
    │   └── TokenRevoked
    ├── TokenMissing                  401, without an error code
    ├── LoginTooOld                   401 insufficient_user_authentication (RFC 9470)
    ├── InsufficientScope             403 insufficient_scope
    ├── InsufficientGroup             403 insufficient_scope
    └── TokenUndecided                503: cannot be verified at the moment
        ├── KeysUnavailable
        └── RevocationsUnavailable
"""


class TokenError(Exception):
    """Base class of all token errors. The text is for the log; ``www_authenticate`` is for the client."""

    status = 401
    www_authenticate: str | None = 'Bearer error="invalid_token"'


class TokenRefused(TokenError):
    """The token is not valid."""

    def __init__(self, expected: str, actual: object = None) -> None:
        """Describe the failed check; ``actual`` is cut to 100 characters and must never be the token itself."""
        self.expected = expected
        self.actual = repr(actual)[:100] if actual is not None else None
        super().__init__(f"expected {expected}" + (f", found {self.actual}" if self.actual else ""))


class TokenMalformed(TokenRefused):
    """The token is over 16 KiB, or is not three segments of canonical base64url and strict JSON."""


class HeaderRefused(TokenRefused):
    """The JOSE header is not that of an RS256 token signed with a key of the user pool."""


class KeyUnknown(TokenRefused):
    """The JWKS of the user pool has no key with this ``kid``."""


class SignatureInvalid(TokenRefused):
    """The signature verification failed."""


class ClaimRefused(TokenRefused):
    """A claim is missing or of the wrong type; base class of the refused claims."""


class IssuerRefused(ClaimRefused):
    """``iss`` is not the issuer of a configured user pool."""


class ClientRefused(ClaimRefused):
    """``client_id``, or ``aud`` of an ID token, is not an accepted app client."""


class TokenUseRefused(ClaimRefused):
    """``token_use`` is wrong: an ID token where an access token is required, or vice versa."""


class TokenExpired(ClaimRefused):
    """The token has expired: ``exp`` is in the past."""


class TokenNotYetValid(ClaimRefused):
    """The token is not yet valid: ``iat``, ``nbf`` or ``auth_time`` is in the future."""


class TokenRevoked(TokenRefused):
    """The session, the token or all tokens of the user have been revoked."""


class TokenMissing(TokenError):
    """The request has no bearer token."""

    # RFC 6750, section 3.1: no error code when the request lacks any authentication information.
    www_authenticate = "Bearer"


class LoginTooOld(TokenError):
    """The last sign-in is older than the route allows (RFC 9470)."""

    def __init__(self, max_age: int) -> None:
        """``max_age`` is the maximum age of the sign-in in seconds."""
        super().__init__(f"last sign-in is more than {max_age} seconds ago")
        self.www_authenticate = f'Bearer error="insufficient_user_authentication", max_age="{max_age}"'


class InsufficientScope(TokenError):
    """The token lacks a required scope."""

    status = 403

    def __init__(self, scopes: frozenset[str]) -> None:
        """``scopes`` are all the required scopes."""
        super().__init__(f"token lacks a required scope: all of {sorted(scopes)} are required")
        self.www_authenticate = f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'


class InsufficientGroup(TokenError):
    """The user is in none of the required groups."""

    status = 403
    www_authenticate = 'Bearer error="insufficient_scope"'


class TokenUndecided(TokenError):
    """The token may be valid, but cannot be verified at the moment."""

    status = 503
    www_authenticate = None


class KeysUnavailable(TokenUndecided):
    """The JWKS cannot be fetched, and the cache does not have the key."""


class RevocationsUnavailable(TokenUndecided):
    """The revocation store has been unreachable for too long, and the check fails closed."""
