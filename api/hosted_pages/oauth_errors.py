"""The errors that the hosted pages and the token endpoint return, as errors of this API.

Only known error codes reach the log; descriptions are texts of others, which may quote the user.
"""

import logging

from api.errors import (
    AuthError,
    ClientRejected,
    OAuthDenied,
    OAuthFailed,
    OAuthInteractionRequired,
    ServerMisconfigured,
    UpstreamUnavailable,
)
from cognito_tokens import strict_json
from cognito_tokens.strict_json import is_object

logger = logging.getLogger(__name__)

# RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6.
_AT_CALLBACK: dict[str, type[AuthError]] = {
    "access_denied": OAuthDenied,
    "account_selection_required": OAuthInteractionRequired,
    "consent_required": OAuthInteractionRequired,
    "interaction_required": OAuthInteractionRequired,
    # Cognito also says this when a trigger refuses a user, or another provider's user has no address.
    "invalid_request": OAuthFailed,
    "invalid_scope": ServerMisconfigured,
    "login_required": OAuthInteractionRequired,
    "server_error": UpstreamUnavailable,
    "temporarily_unavailable": UpstreamUnavailable,
    "unauthorized_client": ServerMisconfigured,
    "unsupported_response_type": ServerMisconfigured,
}
# RFC 6749, section 5.2.
_AT_TOKEN_ENDPOINT: dict[str, type[AuthError]] = {
    "invalid_client": ClientRejected,
    # Usually the code was already used or has expired.
    "invalid_grant": OAuthFailed,
    "invalid_request": ServerMisconfigured,
    "invalid_scope": ServerMisconfigured,
    "unauthorized_client": ServerMisconfigured,
    "unsupported_grant_type": ServerMisconfigured,
}


def refused_at_callback(error: str) -> AuthError:
    """Return the error for the parameter ``error`` of the callback."""
    return _logged("the hosted pages", _AT_CALLBACK, error)


def refused_by_token_endpoint(body: bytes) -> AuthError:
    """Return the error for the body of a refusal."""
    try:
        document = strict_json.loads(body)
    except ValueError:
        document = None
    return _logged("the token endpoint", _AT_TOKEN_ENDPOINT, document.get("error") if is_object(document) else None)


def _logged(source: str, errors: dict[str, type[AuthError]], code: object) -> AuthError:
    name = code if isinstance(code, str) and code in errors else "an unknown error"
    logger.warning("a sign-in at the hosted pages failed: %s returned %s", source, name)
    return errors.get(name, OAuthFailed)()
