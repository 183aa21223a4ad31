"""SECRET_HASH, with which a client that has a secret signs what it sends for a user."""

import base64
import hmac


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return Base64(HMAC-SHA256(client_secret, username + client_id)).

    ``username`` is the one of the same request: the e-mail address at sign-in, but the pool's own username
    (the ``sub``) once Cognito has answered with it. Source: Cognito Developer Guide, "Computing secret hash
    values".
    """
    digest = hmac.digest(client_secret.encode(), f"{username}{client_id}".encode(), "sha256")
    return base64.b64encode(digest).decode()
