"""MFA, passkeys, passwordless sign-in, invitations and new addresses, on a local Cognito with all of them enabled."""

import json
import re
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.provision import cognito_client
from tests.conformance.pool_fixture import totp
from tests.support.api_client import PASSWORD, Account, Mailbox, problem_slug
from tests.support.authenticator import Authenticator
from tests.support.pools import RELYING_PARTY, create_passwordless_pool
from tests.support.servers import running_api
from tests.support.timing import timed


@pytest.fixture(scope="module")
def outputs(emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of a pool like the stack's, but with e-mail codes, passkeys and MFA enabled."""
    path = tmp_path_factory.mktemp("rich") / "outputs.json"
    create_passwordless_pool(emulator_url, path)
    return path


@pytest.fixture(scope="module")
def api(outputs: Path, emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    log = tmp_path_factory.mktemp("rich-api") / "log"
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs),
        "AWS_ENDPOINT_URL": emulator_url,
        "PASSKEY_RELYING_PARTY": RELYING_PARTY,
        "PASSWORDLESS": "on",
    }
    with running_api(log, settings) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


@pytest.fixture
def account(api: httpx.Client, mailbox: Mailbox) -> Account:
    account = Account.new(api)
    assert account.sign_up().status_code == 202
    assert account.verify(mailbox.code_for(account.email)).status_code == 204
    return account


def bearer(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.log_in().json()['access_token']}"}


def answer(api: httpx.Client, step: httpx.Response, **given: Any) -> httpx.Response:
    body = {"challenge": step.json()["challenge"], "session": step.json()["session"], **given}
    return api.post("/login/challenge", json=body)


def test_totp_is_required_once_enrolled(api: httpx.Client, account: Account) -> None:
    headers = bearer(account)
    secret = api.post("/me/mfa/totp", headers=headers).json()["secret_code"]
    wrong = api.post("/me/mfa/totp/verify", headers=headers, json={"code": "000000"})
    assert (wrong.status_code, problem_slug(wrong)) == (400, "invalid-code")
    code = totp(secret)
    assert api.post("/me/mfa/totp/verify", headers=headers, json={"code": code}).status_code == 204
    chosen = {"totp": {"enabled": True, "preferred": True}}
    assert api.put("/me/mfa", headers=headers, json=chosen).status_code == 204
    assert api.get("/me", headers=headers).json()["second_factors"]["preferred"] == "SOFTWARE_TOKEN_MFA"

    step = account.log_in()
    assert step.json()["challenge"] == "SOFTWARE_TOKEN_MFA"
    refused = answer(api, step, code="000000")
    assert (refused.status_code, problem_slug(refused)) == (401, "invalid-code")
    # A code can be used once; the code of the next time step avoids a wait of 30 seconds.
    tokens = answer(api, step, code=totp(secret, 1))
    assert tokens.status_code == 200, tokens.text
    headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
    assert api.put("/me/mfa", headers=headers, json={"totp": {"enabled": False}}).status_code == 204
    assert "access_token" in account.log_in().json()


def test_passkey_signs_in_without_password(api: httpx.Client, account: Account) -> None:
    headers = bearer(account)
    options = api.post("/me/passkeys/options", headers=headers)
    assert options.status_code == 200, options.text
    authenticator = Authenticator(origin=f"https://{RELYING_PARTY}", relying_party=RELYING_PARTY)
    credential = authenticator.create(options.json())
    assert api.post("/me/passkeys", headers=headers, json={"credential": credential}).status_code == 201
    (passkey,) = api.get("/me/passkeys", headers=headers).json()
    assert passkey["relying_party"] == RELYING_PARTY

    begin = {"email": account.email, "preferred_challenge": "WEB_AUTHN"}
    step = api.post("/login", json=begin)
    shown = step.json()["parameters"]["credential_request_options"]
    assert shown["allowCredentials"][0]["id"] == passkey["id"]
    tokens = answer(api, step, credential=authenticator.get(shown))
    assert tokens.status_code == 200, tokens.text
    again = answer(api, step, credential=authenticator.get(shown))
    assert again.status_code == 401

    assert api.delete(f"/me/passkeys/{passkey['id']}", headers=headers).status_code == 204
    gone = api.delete(f"/me/passkeys/{passkey['id']}", headers=headers)
    assert (gone.status_code, problem_slug(gone)) == (404, "not-found")
    assert api.get("/me/passkeys", headers=headers).json() == []


def test_email_code_signs_in_without_password(api: httpx.Client, account: Account, mailbox: Mailbox) -> None:
    step = api.post("/login", json={"email": account.email})
    assert step.json()["challenge"] == "EMAIL_OTP"
    code = mailbox.code_for(account.email)
    refused = answer(api, step, code="00000000"[: len(code)])
    assert (refused.status_code, problem_slug(refused)) == (401, "invalid-code")
    assert answer(api, step, code=code).status_code == 200


@timed  # a window of the counter that ends at a quarter of an hour admits another response
def test_passwordless_login_is_same_for_every_user_state(
    api: httpx.Client, account: Account, emulator_url: str, outputs: Path, mailbox: Mailbox
) -> None:
    pool_id = json.loads(outputs.read_text())["auth"]["cognito_user_pool_id"]
    unconfirmed, disabled = Account.new(api), Account.new(api)
    unconfirmed.sign_up()
    disabled.sign_up()
    disabled.verify(mailbox.code_for(disabled.email))
    cognito_client(emulator_url).admin_disable_user(UserPoolId=pool_id, Username=disabled.email)
    people = [account.email, unconfirmed.email, disabled.email, f"ada-{uuid.uuid4().hex[:12]}@example.com"]
    for factor in ("EMAIL_OTP", "WEB_AUTHN"):
        wrong: dict[str, Any] = {"code": "00000000"} if factor == "EMAIL_OTP" else {"credential": {"id": "AAAA"}}
        shown: set[str] = set()
        for email in people:
            step = api.post("/login", json={"email": email, "preferred_challenge": factor})
            answers = [answer(api, step, **wrong) for _ in range(4)]
            seen = [
                step.status_code,
                len(step.json()["session"]),
                step.json()["parameters"].get("destination"),
                [(refused.status_code, problem_slug(refused)) for refused in answers],
            ]
            shown.add(json.dumps(seen))
        assert len(shown) == 1, shown


def test_verify_with_sign_up_session_returns_tokens(api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    body = {"email": account.email, "password": PASSWORD, "auto_sign_in": True}
    session = api.post("/signup", json=body).json()["session"]
    code = mailbox.code_for(account.email)
    verified = api.post("/verify", json={"email": account.email, "code": code, "session": session})
    assert verified.status_code == 200, verified.text
    assert account.session(verified.json()["access_token"]).status_code == 200


def test_user_without_password_signs_up_and_in(api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    assert api.post("/signup", json={"email": account.email}).status_code == 202
    verified = api.post("/verify", json={"email": account.email, "code": mailbox.code_for(account.email)})
    assert verified.status_code == 204
    step = api.post("/login", json={"email": account.email})
    assert answer(api, step, code=mailbox.code_for(account.email)).status_code == 200
    assert account.log_in().status_code == 401


def test_invited_user_sets_new_password(api: httpx.Client, emulator_url: str, outputs: Path, mailbox: Mailbox) -> None:
    account = Account.new(api)
    pool_id = json.loads(outputs.read_text())["auth"]["cognito_user_pool_id"]
    attributes: list[Any] = [{"Name": "email", "Value": account.email}, {"Name": "email_verified", "Value": "true"}]
    cognito_client(emulator_url).admin_create_user(
        UserPoolId=pool_id, Username=account.email, UserAttributes=attributes
    )
    step = account.log_in(mailbox.code_for(account.email))
    assert step.json()["challenge"] == "NEW_PASSWORD_REQUIRED", step.text
    assert problem_slug(answer(api, step, new_password="weak")) == "invalid-password"
    assert answer(api, step, new_password=PASSWORD).status_code == 200
    assert account.log_in().status_code == 200


def test_new_address_takes_effect_after_verification(api: httpx.Client, account: Account, mailbox: Mailbox) -> None:
    headers = bearer(account)
    new = f"new-{account.email}"
    changed = api.patch("/me", headers=headers, json={"email": new})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["email"], changed.json()["pending_email"]) == (account.email, new)
    assert account.log_in().status_code == 200
    wrong = api.post("/me/email/verify", headers=headers, json={"code": "000000"})
    assert (wrong.status_code, problem_slug(wrong)) == (400, "invalid-code")
    assert api.post("/me/email/resend", headers=headers).status_code == 202
    code = mailbox.code_for(new)
    assert api.post("/me/email/verify", headers=headers, json={"code": code}).status_code == 204
    assert api.get("/me", headers=headers).json()["email"] == new
    assert account.log_in().status_code == 401
    assert Account(api, new).log_in().status_code == 200


def test_change_to_taken_address_is_not_revealed(api: httpx.Client, account: Account, mailbox: Mailbox) -> None:
    other = Account.new(api)
    other.sign_up()
    other.verify(mailbox.code_for(other.email))
    before = len(mailbox.mails_to(other.email))
    free = api.patch("/me", headers=bearer(account), json={"email": f"free-{account.email}"})
    taken = api.patch("/me", headers=bearer(account), json={"email": other.email})
    assert free.status_code == taken.status_code == 200
    assert free.json().keys() == taken.json().keys()
    assert len(mailbox.mails_to(other.email)) == before
    assert other.log_in().status_code == 200


def test_export_then_delete_removes_account(api: httpx.Client, account: Account) -> None:
    headers = bearer(account)
    export = api.get("/me/export", headers=headers)
    assert export.status_code == 200, export.text
    assert export.json()["attributes"]["email"] == account.email
    assert export.json()["passkeys"] == []
    assert api.delete("/me", headers=headers).status_code == 204
    assert api.get("/session", headers=headers).status_code == 401
    assert account.log_in().status_code == 401
    # The address can be used again.
    assert account.sign_up().status_code == 202


def test_totp_setup_returns_qr_code_and_uri(api: httpx.Client, account: Account) -> None:
    setup = api.post("/me/mfa/totp", headers=bearer(account)).json()
    assert re.fullmatch(r"<svg .*</svg>\s*", setup["qr_code"], re.DOTALL)
    assert f"secret={setup['secret_code']}" in setup["otpauth_uri"]
