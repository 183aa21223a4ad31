"""SECRET_HASH: proof that an app client holds its secret, computed for each username."""

import base64
import hmac
from functools import lru_cache


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return Base64(HMAC-SHA256(client_secret, username + client_id)).

    ``username`` must be the one in the same request: the e-mail address at sign-in, and the pool's own username
    (the ``sub``) once Cognito has returned it. Source: Cognito Developer Guide, "Computing secret hash values".
    """
    mac = _keyed(client_secret).copy()
    mac.update(f"{username}{client_id}".encode())
    return base64.b64encode(mac.digest()).decode()


# Looking up the algorithm and setting the key takes longer than the rest. Two secrets are in use during a rotation.
@lru_cache(maxsize=2)
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha256")
