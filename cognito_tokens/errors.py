"""Why a token was refused: one class for each check, with what was expected and what was found, for the log.

::

    TokenError
    ├── TokenRefused                  401 invalid_token (RFC 6750, section 3.1)
    │   ├── TokenMalformed            not a JWT in its one canonical form
    │   ├── HeaderRefused             alg, typ, kid, crit and the like
    │   ├── KeyUnknown                no key of the pool has this kid
    │   ├── SignatureInvalid
    │   ├── ClaimRefused              missing, or of another type
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
    └── TokenUndecided                503: it cannot be known now
        ├── KeysUnavailable
        └── RevocationsUnavailable
"""


class TokenError(Exception):
    """Root of the tree. Its text is for the log; ``www_authenticate`` is for the client."""

    status = 401
    www_authenticate: str | None = 'Bearer error="invalid_token"'


class TokenRefused(TokenError):
    """The token does not count."""

    def __init__(self, expected: str, actual: object = None) -> None:
        """Say what was expected; ``actual`` is cut, and is never the token itself."""
        self.expected = expected
        self.actual = repr(actual)[:100] if actual is not None else None
        super().__init__(f"expected {expected}" + (f", found {self.actual}" if self.actual else ""))


class TokenMalformed(TokenRefused):
    """Not three canonical base64url segments of strict JSON, within 16 KiB."""


class HeaderRefused(TokenRefused):
    """The header asks for something other than RS256 with a key of the pool."""


class KeyUnknown(TokenRefused):
    """The pool has no key of this ``kid``."""


class SignatureInvalid(TokenRefused):
    """The signature is not the key's."""


class ClaimRefused(TokenRefused):
    """A claim is missing or is not of its type."""


class IssuerRefused(ClaimRefused):
    """The issuer is not one that is configured."""


class ClientRefused(ClaimRefused):
    """The token was made for another client."""


class TokenUseRefused(ClaimRefused):
    """An ID token where an access token is needed, or the other way round."""


class TokenExpired(ClaimRefused):
    """``exp`` has passed."""


class TokenNotYetValid(ClaimRefused):
    """``iat``, ``nbf`` or ``auth_time`` lies in the future."""


class TokenRevoked(TokenRefused):
    """The session, the token or all tokens of the user have been revoked."""


class TokenMissing(TokenError):
    """There is no bearer token."""

    # RFC 6750, section 3.1: no error code when the request lacks any authentication information.
    www_authenticate = "Bearer"


class LoginTooOld(TokenError):
    """The user signed in too long ago for this."""

    def __init__(self, max_age: int) -> None:
        """``max_age`` is the seconds that a sign-in counts."""
        super().__init__(f"signed in more than {max_age} s ago")
        self.www_authenticate = f'Bearer error="insufficient_user_authentication", max_age="{max_age}"'


class InsufficientScope(TokenError):
    """The token lacks a scope."""

    status = 403

    def __init__(self, scopes: frozenset[str]) -> None:
        """``scopes`` are what is needed, all of them."""
        super().__init__(f"needs the scopes {sorted(scopes)}")
        self.www_authenticate = f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'


class InsufficientGroup(TokenError):
    """The user is in none of the groups."""

    status = 403
    www_authenticate = 'Bearer error="insufficient_scope"'


class TokenUndecided(TokenError):
    """The token may be good; it cannot be known now."""

    status = 503
    www_authenticate = None


class KeysUnavailable(TokenUndecided):
    """The pool's keys cannot be had, and none are kept."""


class RevocationsUnavailable(TokenUndecided):
    """The store of revocations has not been heard of for too long, and this route fails closed."""
