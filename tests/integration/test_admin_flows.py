"""Administration routes on the local Cognito, with signed requests: invite, find, disable, reset, group, delete."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.provision import cognito_client
from tests.support.api_client import PASSWORD, Account, Mailbox, problem_slug
from tests.support.servers import running_api

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


@pytest.fixture(scope="module")
def admin(api: httpx.Client, emulator_url: str, outputs_file: Path, mailbox: Mailbox) -> Generator[httpx.Client]:
    account = Account.verified(api, mailbox)
    pool_id = json.loads(outputs_file.read_text())["auth"]["cognito_user_pool_id"]
    cognito: Any = cognito_client(emulator_url)
    cognito.create_group(UserPoolId=pool_id, GroupName=GROUP)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=account.email, GroupName=GROUP)
    token = account.log_in().json()["access_token"]
    with httpx.Client(base_url=api.base_url, timeout=15, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def test_invited_user_is_listed_and_signs_in(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.new(api)
    invited = admin.post("/admin/users", json={"email": account.email})
    assert invited.status_code == 201, invited.text
    assert invited.json()["status"] == "FORCE_CHANGE_PASSWORD"
    again = admin.post("/admin/users", json={"email": account.email})
    assert (again.status_code, problem_slug(again)) == (409, "email-in-use")
    found = admin.get("/admin/users", params={"search": account.email[:12]}).json()["users"]
    assert [user["email"] for user in found] == [account.email]
    step = account.log_in(mailbox.code_for(account.email)).json()
    answer = {"challenge": step["challenge"], "session": step["session"], "new_password": PASSWORD}
    assert api.post("/login/challenge", json=answer).status_code == 200
    assert admin.get(f"/admin/users/{account.email}").json()["status"] == "CONFIRMED"


def test_a15_invitation_is_sent_again_and_says_its_end_and_sender(
    admin: httpx.Client, api: httpx.Client, mailbox: Mailbox
) -> None:
    account = Account.new(api)
    invited = admin.post("/admin/users", json={"email": account.email}).json()
    first = mailbox.code_for(account.email)
    again = admin.post(f"/admin/users/{account.email}/invitation")
    assert again.status_code == 202, again.text
    shown = admin.get(f"/admin/users/{account.email}").json()
    assert shown["invited_by"] == invited["invited_by"] == admin.get("/me").json()["sub"]
    week = 7 * 24 * 3600
    assert shown["expires_at"] == again.json()["expires_at"] >= invited["expires_at"] >= invited["created_at"] + week
    second = mailbox.code_for(account.email)
    assert account.log_in(first).status_code == 401
    step = account.log_in(second).json()
    answer = {"challenge": step["challenge"], "session": step["session"], "new_password": PASSWORD}
    assert api.post("/login/challenge", json=answer).status_code == 200
    accepted = admin.get(f"/admin/users/{account.email}").json()
    assert accepted["invited_by"] == invited["invited_by"]
    assert "expires_at" not in accepted
    refused = admin.post(f"/admin/users/{account.email}/invitation")
    assert (refused.status_code, problem_slug(refused)) == (409, "conflict")


def test_disable_user_ends_session_at_once(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.verified(api, mailbox)
    token = account.log_in().json()["access_token"]
    assert admin.post(f"/admin/users/{account.email}/disable").status_code == 204
    assert account.session(token).status_code == 401
    assert problem_slug(account.log_in()) == "invalid-credentials"
    assert admin.post(f"/admin/users/{account.email}/enable").status_code == 204
    assert account.log_in().status_code == 200


def test_reset_password_requires_new_password(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.verified(api, mailbox)
    assert admin.post(f"/admin/users/{account.email}/reset-password").status_code == 204
    assert problem_slug(account.log_in()) == "invalid-credentials"
    code = mailbox.code_for(account.email)
    body = {"email": account.email, "code": code, "new_password": "Another-Horse-9"}
    assert api.post("/password/reset", json=body).status_code == 204
    assert account.log_in("Another-Horse-9").status_code == 200


def test_group_create_join_leave_delete(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.verified(api, mailbox)
    made = admin.post("/admin/groups", json={"name": "support", "precedence": 3})
    assert (made.json()["name"], made.json()["precedence"]) == ("support", 3), made.text
    assert problem_slug(admin.post("/admin/groups", json={"name": "support"})) == "conflict"
    assert admin.put(f"/admin/users/{account.email}/groups/support").status_code == 204
    members = admin.get("/admin/groups/support/users").json()["users"]
    assert [user["email"] for user in members] == [account.email]
    token = account.log_in().json()["access_token"]
    assert account.session(token).json()["groups"] == ["support"]
    assert admin.delete(f"/admin/users/{account.email}/groups/support").status_code == 204
    assert account.session(token).status_code == 401
    assert admin.get(f"/admin/users/{account.email}/groups").json()["groups"] == []
    assert admin.delete("/admin/groups/support").status_code == 204
    assert problem_slug(admin.put(f"/admin/users/{account.email}/groups/support")) == "not-found"


def test_user_update_sign_out_delete(admin: httpx.Client, api: httpx.Client, mailbox: Mailbox) -> None:
    account = Account.verified(api, mailbox)
    changed = admin.patch(f"/admin/users/{account.email}", json={"attributes": {"name": "Ada"}})
    assert changed.json()["attributes"]["name"] == "Ada", changed.text
    token = account.log_in().json()["access_token"]
    assert admin.post(f"/admin/users/{account.email}/sign-out").status_code == 204
    assert account.session(token).status_code == 401
    assert admin.delete(f"/admin/users/{account.email}").status_code == 204
    gone = admin.get(f"/admin/users/{account.email}")
    assert (gone.status_code, problem_slug(gone)) == (404, "not-found")
    assert account.log_in().status_code == 401


def test_confirm_sign_up_needs_no_code(admin: httpx.Client, api: httpx.Client) -> None:
    account = Account.new(api)
    account.sign_up()
    assert admin.post(f"/admin/users/{account.email}/confirm").status_code == 204
    assert account.log_in().status_code == 200
    assert problem_slug(admin.post(f"/admin/users/{account.email}/confirm")) == "conflict"


def test_user_outside_admin_group_is_refused(api: httpx.Client, mailbox: Mailbox) -> None:
    token = Account.verified(api, mailbox).log_in().json()["access_token"]
    refused = api.get("/admin/users", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, problem_slug(refused)) == (403, "insufficient-scope")
