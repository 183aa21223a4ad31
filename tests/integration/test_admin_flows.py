"""Administration on the desk, signed as AWS wants it: invited, found, disabled, reset, grouped, deleted."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.provision import cognito_client
from tests.support.servers import running_api
from tests.support.walk import PASSWORD, Account, Mailbox, slug

GROUP = "administrators"


@pytest.fixture(scope="module")
def api(outputs_file: Path, emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "ADMIN_GROUP": GROUP,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    log = tmp_path_factory.mktemp("admin-api") / "log"
    with running_api(log, settings) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


def verified(api: httpx.Client, mailbox: Mailbox) -> Account:
    account = Account.new(api)
    account.sign_up()
    account.verify(mailbox.code_for(account.email))
    return account


@pytest.fixture(scope="module")
def admin(api: httpx.Client, emulator_url: str, outputs_file: Path, mailbox: Mailbox) -> Generator[httpx.Client]:
    account = verified(api, mailbox)
    pool_id = json.loads(outputs_file.read_text())["auth"]["cognito_user_pool_id"]
    cognito: Any = cognito_client(emulator_url)
    cognito.create_group(UserPoolId=pool_id, GroupName=GROUP)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=account.email, GroupName=GROUP)
    token = account.log_in().json()["access_token"]
    with httpx.Client(base_url=api.base_url, timeout=15, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def test_an_invitation_is_sent_found_and_taken_up(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    invited = admin.post("/admin/users", json={"email": account.email})
    assert invited.status_code == 201, invited.text
    assert invited.json()["status"] == "FORCE_CHANGE_PASSWORD"
    again = admin.post("/admin/users", json={"email": account.email})
    assert (again.status_code, slug(again)) == (409, "email-in-use")
    found = admin.get("/admin/users", params={"search": account.email[:12]}).json()["users"]
    assert [user["email"] for user in found] == [account.email]
    step = account.log_in(mailbox.code_for(account.email)).json()
    answer = {"challenge": step["challenge"], "session": step["session"], "new_password": PASSWORD}
    assert api.post("/login/challenge", json=answer).status_code == 200
    assert admin.get(f"/admin/users/{account.email}").json()["status"] == "CONFIRMED"


def test_a_disabled_user_is_out_at_once(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = verified(api, mailbox)
    token = account.log_in().json()["access_token"]
    assert admin.post(f"/admin/users/{account.email}/disable").status_code == 204
    assert account.session(token).status_code == 401
    assert slug(account.log_in()) == "invalid-credentials"
    assert admin.post(f"/admin/users/{account.email}/enable").status_code == 204
    assert account.log_in().status_code == 200


def test_a_reset_password_is_worthless(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = verified(api, mailbox)
    assert admin.post(f"/admin/users/{account.email}/reset-password").status_code == 204
    assert slug(account.log_in()) == "password-reset-required"
    code = mailbox.code_for(account.email)
    body = {"email": account.email, "code": code, "new_password": "Another-Horse-9"}
    assert api.post("/password/reset", json=body).status_code == 204
    assert account.log_in("Another-Horse-9").status_code == 200


def test_groups_are_made_joined_left_and_deleted(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = verified(api, mailbox)
    made = admin.post("/admin/groups", json={"name": "support", "precedence": 3})
    assert (made.json()["name"], made.json()["precedence"]) == ("support", 3), made.text
    assert slug(admin.post("/admin/groups", json={"name": "support"})) == "conflict"
    assert admin.put(f"/admin/users/{account.email}/groups/support").status_code == 204
    members = admin.get("/admin/groups/support/users").json()["users"]
    assert [user["email"] for user in members] == [account.email]
    token = account.log_in().json()["access_token"]
    assert account.session(token).json()["groups"] == ["support"]
    assert admin.delete(f"/admin/users/{account.email}/groups/support").status_code == 204
    assert account.session(token).status_code == 401
    assert admin.get(f"/admin/users/{account.email}/groups").json()["groups"] == []
    assert admin.delete("/admin/groups/support").status_code == 204
    assert slug(admin.put(f"/admin/users/{account.email}/groups/support")) == "not-found"


def test_a_user_is_changed_signed_out_and_deleted(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = verified(api, mailbox)
    changed = admin.patch(f"/admin/users/{account.email}", json={"attributes": {"name": "Ada"}})
    assert changed.json()["attributes"]["name"] == "Ada", changed.text
    token = account.log_in().json()["access_token"]
    assert admin.post(f"/admin/users/{account.email}/sign-out").status_code == 204
    assert account.session(token).status_code == 401
    assert admin.delete(f"/admin/users/{account.email}").status_code == 204
    gone = admin.get(f"/admin/users/{account.email}")
    assert (gone.status_code, slug(gone)) == (404, "not-found")
    assert account.log_in().status_code == 401


def test_a_sign_up_can_be_confirmed_without_its_code(admin: httpx.Client, api: httpx.Client) -> None:
    account = Account.new(api)
    account.sign_up()
    assert admin.post(f"/admin/users/{account.email}/confirm").status_code == 204
    assert account.log_in().status_code == 200
    assert slug(admin.post(f"/admin/users/{account.email}/confirm")) == "conflict"


def test_nobody_else_is_an_administrator(api: httpx.Client, mailbox: Mailbox) -> None:
    token = verified(api, mailbox).log_in().json()["access_token"]
    refused = api.get("/admin/users", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, slug(refused)) == (403, "insufficient-scope")
