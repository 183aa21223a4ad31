"""API client of the tests: mailbox, account, and a complete user journey over HTTP."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

PASSWORD = "Correct-Horse-9"
RESET_PASSWORD = "Another-Horse-9"


@dataclass(frozen=True)
class Mailbox:
    """The mailbox of the local Cognito."""

    emulator_url: str

    def code_for(self, address: str) -> str:
        """Return the code in the newest mail to ``address``."""
        return str(self.mails_to(address)[0]["code"])

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Return the mails to ``address``, the newest first."""
        mails: list[dict[str, Any]] = httpx.get(f"{self.emulator_url}/messages", params={"to": address}).json()[
            "messages"
        ]
        return mails


@dataclass(frozen=True)
class Account:
    """Account with a new address each time, so that tests do not share users."""

    api: httpx.Client
    email: str
    password: str = PASSWORD

    @classmethod
    def new(cls, api: httpx.Client) -> "Account":
        return cls(api, f"ada-{uuid.uuid4().hex[:12]}@example.com")

    @classmethod
    def verified(cls, api: httpx.Client, mailbox: "Mailbox") -> "Account":
        """Return a new account that has signed up and entered its code."""
        account = cls.new(api)
        assert account.sign_up().status_code == 202
        assert account.verify(mailbox.code_for(account.email)).status_code == 204
        return account

    def sign_up(self) -> httpx.Response:
        return self.api.post("/signup", json={"email": self.email, "password": self.password})

    def verify(self, code: str) -> httpx.Response:
        return self.api.post("/verify", json={"email": self.email, "code": code, "password": self.password})

    def log_in(self, password: str | None = None) -> httpx.Response:
        return self.api.post("/login", json={"email": self.email, "password": password or self.password})

    def session(self, access_token: str) -> httpx.Response:
        return self.api.get("/session", headers={"Authorization": f"Bearer {access_token}"})

    def log_out(self, access_token: str) -> httpx.Response:
        return self.api.post("/logout", json={"access_token": access_token})


def problem_slug(response: httpx.Response) -> str:
    """Check that the response is a problem; return its slug."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = json.loads(response.text)
    assert problem["status"] == response.status_code
    assert problem["instance"] == response.headers["x-request-id"]
    return str(problem["type"]).rpartition(":")[2]


def complete_user_journey(api_url: str, mailbox: Mailbox) -> None:
    """Sign up; verify after a wrong code; log in after a wrong password; refresh, revoke, reset, log out everywhere."""
    with httpx.Client(base_url=api_url, timeout=15) as api:
        account = Account.new(api)
        assert account.sign_up().status_code == 202
        unverified = account.log_in()
        assert (unverified.status_code, problem_slug(unverified)) == (401, "invalid-credentials")

        code = mailbox.code_for(account.email)
        wrong_code = account.verify("000000" if code != "000000" else "000001")
        assert (wrong_code.status_code, problem_slug(wrong_code)) == (400, "invalid-code")
        assert account.verify(code).status_code == 204

        wrong_password = account.log_in("Wrong-Horse-9")
        assert (wrong_password.status_code, problem_slug(wrong_password)) == (401, "invalid-credentials")
        tokens = account.log_in()
        assert tokens.status_code == 200, tokens.text
        assert tokens.headers["cache-control"] == "no-store"
        assert tokens.json().keys() == {"access_token", "id_token", "refresh_token", "token_type", "expires_in"}
        assert (tokens.json()["token_type"], tokens.json()["expires_in"]) == ("Bearer", 3600)

        session = account.session(tokens.json()["access_token"])
        assert session.status_code == 200, session.text
        assert session.json()["scopes"] == ["aws.cognito.signin.user.admin"]
        refreshed = api.post("/refresh", json={"refresh_token": tokens.json()["refresh_token"]})
        assert refreshed.status_code == 200, refreshed.text
        other = account.log_in().json()
        assert api.post("/revoke", json={"refresh_token": other["refresh_token"]}).status_code == 204
        assert account.session(other["access_token"]).status_code == 401

        assert api.post("/password/forgot", json={"email": account.email}).status_code == 202
        reset = {"email": account.email, "code": mailbox.code_for(account.email), "new_password": RESET_PASSWORD}
        assert api.post("/password/reset", json=reset).status_code == 204
        assert account.session(refreshed.json()["access_token"]).status_code == 401
        assert account.log_in().status_code == 401
        renewed = account.log_in(RESET_PASSWORD).json()["access_token"]
        change = {"old_password": RESET_PASSWORD, "new_password": account.password}
        changed = api.post("/password/change", json=change, headers={"Authorization": f"Bearer {renewed}"})
        assert changed.status_code == 204, changed.text
        assert account.session(renewed).status_code == 401
        tokens = account.log_in()
        session = account.session(tokens.json()["access_token"])
        refreshed = api.post("/refresh", json={"refresh_token": tokens.json()["refresh_token"]})

        access_token = refreshed.json()["access_token"]
        assert account.session(access_token).json()["auth_time"] == session.json()["auth_time"]
        logged_out = account.log_out(access_token)
        assert logged_out.status_code == 204, logged_out.text
        assert account.session(tokens.json()["access_token"]).status_code == 401
        dead = api.post("/refresh", json={"refresh_token": refreshed.json()["refresh_token"]})
        assert (dead.status_code, problem_slug(dead)) == (401, "invalid-token")
        again = account.log_out(access_token)
        assert (again.status_code, problem_slug(again)) == (401, "invalid-token")
        assert account.session(account.log_in().json()["access_token"]).status_code == 200
