"""SECRET_HASH, with which a client that has a secret signs what it sends for a user."""

import base64
import hmac
from functools import lru_cache


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return Base64(HMAC-SHA256(client_secret, username + client_id)).

    ``username`` is the one of the same request: the e-mail address at sign-in, but the pool's own username
    (the ``sub``) once Cognito has answered with it. Source: Cognito Developer Guide, "Computing secret hash
    values".
    """
    mac = _keyed(client_secret).copy()
    mac.update(f"{username}{client_id}".encode())
    return base64.b64encode(mac.digest()).decode()


# To look up the algorithm and to set the key takes longer than the rest; two secrets count while one is exchanged.
@lru_cache(maxsize=2)
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha256")
