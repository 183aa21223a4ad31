"""Every state that an e-mail address can have at Cognito, on the local one."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from local.provision import cognito_client
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.pools import federate

OTHERS_PASSWORD = "Strangers-Horse-9"


@dataclass(frozen=True)
class PoolOfTest:
    """A pool with its API, through which and beside which accounts are made."""

    endpoint: str
    pool_id: str
    client_id: str
    client_secret: str
    api: httpx.Client
    mailbox: Mailbox

    @property
    def cognito(self) -> Any:
        return cognito_client(self.endpoint)

    def sign_up(self, email: str, password: str | None = PASSWORD) -> None:
        body = {"email": email, **({"password": password} if password else {})}
        assert self.api.post("/signup", json=body).status_code == 202

    def verify(self, email: str, password: str | None = PASSWORD) -> None:
        body = {"email": email, "code": self.mailbox.code_for(email), **({"password": password} if password else {})}
        assert self.api.post("/verify", json=body).status_code == 204

    def sign_up_elsewhere(self, email: str) -> None:
        digest = hmac.digest(self.client_secret.encode(), (email + self.client_id).encode(), hashlib.sha256)
        self.cognito.sign_up(
            ClientId=self.client_id,
            SecretHash=base64.b64encode(digest).decode(),
            Username=email,
            Password=OTHERS_PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )

    def of_verified(self, email: str, operation: str) -> None:
        self.sign_up(email)
        self.verify(email)
        getattr(self.cognito, operation)(UserPoolId=self.pool_id, Username=email)

    def lock_out(self, email: str) -> None:
        self.sign_up(email)
        self.verify(email)
        for _ in range(8):
            self.api.post("/login", json={"email": email, "password": "Wrong-Horse-9"})


STATES: dict[str, Callable[[PoolOfTest, str], None]] = {
    "none": lambda _pool, _email: None,
    "unverified": lambda pool, email: pool.sign_up(email),
    "unverified elsewhere": lambda pool, email: pool.sign_up_elsewhere(email),
    "verified": lambda pool, email: (pool.sign_up(email), pool.verify(email))[1],
    "disabled": lambda pool, email: pool.of_verified(email, "admin_disable_user"),
    "locked out": lambda pool, email: pool.lock_out(email),
    "reset required": lambda pool, email: pool.of_verified(email, "admin_reset_user_password"),
    "federated": lambda pool, email: federate(pool.endpoint, pool.pool_id, pool.client_id, email),
    "without password": lambda pool, email: (pool.sign_up(email, None), pool.verify(email, None))[1],
}


def new_address(pool: PoolOfTest, state: str) -> str:
    """Return a new address in ``state``."""
    email = f"ada-{uuid.uuid4().hex[:12]}@example.com"
    STATES[state](pool, email)
    return email
