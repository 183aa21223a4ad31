"""Pool fixture of the scenarios: a new user pool for each, in the emulator under test."""

import base64
import hashlib
import hmac
import json
import struct
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local.provision import cognito_client

PASSWORD, OTHER, WRONG = "Correct-Horse-9", "Another-Horse-9", "Wrong-Horse-9"
MISSING = {"NotImplementedException", "NotImplementedError", "InvalidAction", "UnknownOperationException", "404", "501"}


class AcceptedByMistake(AssertionError):
    """The emulator accepts a request that Cognito refuses."""


class OperationNotImplemented(AssertionError):
    """The emulator does not implement the operation."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    name: str
    url: str
    code_for: Callable[[str, str], str] = field(repr=False)
    """Return the code in the newest mail, given the user pool id and the address."""


class PoolFixture:
    """A user pool with one client, and methods that create users and sign them in."""

    def __init__(self, emulator: Emulator, *, pool: dict[str, Any], client: dict[str, Any]) -> None:
        self.emulator = emulator
        self.api: Any = cognito_client(emulator.url)
        defaults = {
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": ["email"],
            "UsernameConfiguration": {"CaseSensitive": False},
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        }
        self.pool_id = self.api.create_user_pool(PoolName="scenario", **{**defaults, **pool})["UserPool"]["Id"]
        made = self.add_client(**client)
        self.client_id, self.secret = made["ClientId"], made.get("ClientSecret", "")

    def add_client(self, **options: Any) -> dict[str, Any]:
        defaults = {
            "GenerateSecret": True,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
        }
        made = self.api.create_user_pool_client(UserPoolId=self.pool_id, ClientName="c", **{**defaults, **options})
        return dict(made["UserPoolClient"])

    def hash(self, username: str, secret: str | None = None) -> str:
        digest = hmac.new((secret or self.secret).encode(), (username + self.client_id).encode(), hashlib.sha256)
        return base64.b64encode(digest.digest()).decode()

    def new_address(self) -> str:
        return f"ada-{uuid.uuid4().hex[:12]}@example.com"

    def for_user(self, email: str, **more: Any) -> dict[str, Any]:
        return {"ClientId": self.client_id, "Username": email, "SecretHash": self.hash(email), **more}

    def sign_up(self, email: str | None = None, password: str = PASSWORD, **more: Any) -> str:
        email = email or self.new_address()
        attributes = [{"Name": "email", "Value": email}]
        self.api.sign_up(**{**self.for_user(email, Password=password, UserAttributes=attributes), **more})
        return email

    def confirm(self, email: str, code: str | None = None, **more: Any) -> dict[str, Any]:
        code = code or self.emulator.code_for(self.pool_id, email)
        return dict(self.api.confirm_sign_up(**self.for_user(email, ConfirmationCode=code, **more)))

    def confirmed_user(self) -> str:
        """Sign up and confirm a user; return the address."""
        email = self.sign_up()
        self.confirm(email)
        return email

    def log_in(self, email: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        parameters = {"USERNAME": email, "PASSWORD": password, "SECRET_HASH": self.hash(email)}
        flow = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
        return dict(self.api.initiate_auth(**{"ClientId": self.client_id, **flow, **more}))

    def tokens(self, email: str | None = None, password: str = PASSWORD) -> dict[str, Any]:
        return dict(self.log_in(email or self.confirmed_user(), password)["AuthenticationResult"])

    def start_user_auth(self, email: str, **parameters: str) -> dict[str, Any]:
        given = {"USERNAME": email, "SECRET_HASH": self.hash(email), **parameters}
        return dict(self.api.initiate_auth(ClientId=self.client_id, AuthFlow="USER_AUTH", AuthParameters=given))

    def refresh(self, token: str, **more: Any) -> dict[str, Any]:
        given = {"ClientId": self.client_id, "ClientSecret": self.secret, "RefreshToken": token, **more}
        return dict(self.api.get_tokens_from_refresh_token(**given)["AuthenticationResult"])

    def respond(
        self, challenge: dict[str, Any], email: str, name: str | None = None, **responses: str
    ) -> dict[str, Any]:
        """Respond to a challenge with the user's sub as USERNAME."""
        sub = self.attributes(email)["sub"]
        given = {"USERNAME": sub, "SECRET_HASH": self.hash(sub), **responses}
        return dict(
            self.api.respond_to_auth_challenge(
                ClientId=self.client_id,
                ChallengeName=name or challenge["ChallengeName"],
                Session=challenge.get("Session", "no-session-at-all-0"),
                ChallengeResponses=given,
            )
        )

    def attributes(self, email: str) -> dict[str, str]:
        user = self.api.admin_get_user(UserPoolId=self.pool_id, Username=email)
        return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}

    def invited_user(self) -> str:
        """Invite a user with the temporary password ``PASSWORD``; return the address."""
        email = self.new_address()
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        self.api.admin_create_user(
            UserPoolId=self.pool_id, Username=email, TemporaryPassword=PASSWORD, UserAttributes=attributes
        )
        return email


def refused(code: str, call: Callable[[], object], message: str = "") -> None:
    """Assert that ``call`` raises Cognito's exception ``code`` with a text that contains ``message``."""
    try:
        call()
    except ClientError as error:
        found = error_of(error)
        if is_not_implemented(error):
            raise OperationNotImplemented(found["Code"]) from error
        assert found["Code"] == code, f"{found['Code']} is not {code}"
        assert message.lower() in found["Message"].lower(), f"{found['Message']!r} does not contain {message!r}"
        return
    raise AcceptedByMistake(code)


def is_not_implemented(error: ClientError) -> bool:
    """Return whether the error means that the emulator does not implement the operation."""
    response: Any = error.response
    return error_of(error)["Code"] in MISSING or response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def error_of(error: ClientError) -> dict[str, str]:
    """Return ``Code`` and ``Message`` of an error response."""
    response: Any = error.response
    return {"Code": "", "Message": "", **response["Error"]}


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def header(token: str) -> dict[str, Any]:
    part = token.split(".", maxsplit=1)[0]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def totp(secret: str, steps_ahead: int = 0) -> str:
    """Return the code of this time step or a later one (RFC 6238)."""
    counter = int(time.time() // 30) + steps_ahead
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
