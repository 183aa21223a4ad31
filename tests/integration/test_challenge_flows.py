"""Sign-in challenges of specially configured pools, token rotation and rate limits, on the local Cognito."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.provision import cognito_client
from tests.conformance.pool_fixture import totp
from tests.support.api_client import PASSWORD, Account, Mailbox, problem_slug
from tests.support.authenticator import Authenticator
from tests.support.pools import RELYING_PARTY, change_client, create_passwordless_pool
from tests.support.servers import running_api
from tests.support.timing import timed


@contextmanager
def running(outputs: Path, emulator_url: str, **more: str) -> Generator[httpx.Client]:
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs),
        "AWS_ENDPOINT_URL": emulator_url,
        "PASSKEY_RELYING_PARTY": RELYING_PARTY,
        "PASSWORDLESS": "on",
        **more,
    }
    with running_api(outputs.parent / "log", settings) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


def answer(api: httpx.Client, step: httpx.Response, **given: Any) -> httpx.Response:
    body = {"challenge": step.json()["challenge"], "session": step.json()["session"], **given}
    return api.post("/login/challenge", json=body)


def test_required_mfa_is_set_up_during_sign_in(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    create_passwordless_pool(emulator_url, tmp_path / "outputs.json", "ON")
    with running(tmp_path / "outputs.json", emulator_url) as api:
        account = Account.verified(api, mailbox)
        step = account.log_in()
        assert step.json()["challenge"] == "MFA_SETUP", step.text
        secret = step.json()["parameters"]["totp"]["secret_code"]
        wrong = answer(api, step, code="000000")
        assert (wrong.status_code, problem_slug(wrong)) == (401, "invalid-code")
        done = answer(api, step, code=totp(secret))
        assert done.status_code == 200, done.text
        again = account.log_in()
        assert again.json()["challenge"] == "SOFTWARE_TOKEN_MFA"
        assert answer(api, again, code=totp(secret, 1)).status_code == 200


def test_user_with_two_factors_selects_one(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    create_passwordless_pool(emulator_url, tmp_path / "outputs.json", email_mfa=True)
    with running(tmp_path / "outputs.json", emulator_url) as api:
        account = Account.verified(api, mailbox)
        headers = {"Authorization": f"Bearer {account.log_in().json()['access_token']}"}
        secret = api.post("/me/mfa/totp", headers=headers).json()["secret_code"]
        assert api.post("/me/mfa/totp/verify", headers=headers, json={"code": totp(secret)}).status_code == 204
        both = {kind: {"enabled": True} for kind in ("totp", "email")}
        chosen = api.put("/me/mfa", headers=headers, json=both)
        assert chosen.status_code == 204, chosen.text
        step = account.log_in()
        assert step.json()["challenge"] == "SELECT_MFA_TYPE", step.text
        assert {*step.json()["parameters"]["choices"]} == {"EMAIL_OTP", "SOFTWARE_TOKEN_MFA"}
        code = answer(api, step, answer="EMAIL_OTP")
        assert code.json()["challenge"] == "EMAIL_OTP", code.text
        assert answer(api, code, code=mailbox.code_for(account.email)).status_code == 200


def test_simulated_passkey_challenge_matches_real_one(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    create_passwordless_pool(emulator_url, tmp_path / "outputs.json")
    with running(tmp_path / "outputs.json", emulator_url) as api:
        account = Account.verified(api, mailbox)
        headers = {"Authorization": f"Bearer {account.log_in().json()['access_token']}"}
        options = api.post("/me/passkeys/options", headers=headers).json()
        authenticator = Authenticator(origin=f"https://{RELYING_PARTY}", relying_party=RELYING_PARTY)
        credential = authenticator.create(options)
        assert api.post("/me/passkeys", headers=headers, json={"credential": credential}).status_code == 201
        real, simulated = (
            api.post("/login", json={"email": email, "preferred_challenge": "WEB_AUTHN"}).json()
            for email in (account.email, Account.new(api).email)
        )
        ours, theirs = (step["parameters"]["credential_request_options"] for step in (real, simulated))
        assert ours.keys() == theirs.keys()
        assert all(ours[name] == theirs[name] for name in ("rpId", "userVerification"))
        assert len(real["session"]) == len(simulated["session"])


def test_previous_password_is_refused(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    create_passwordless_pool(emulator_url, tmp_path / "outputs.json", history=3)
    with running(tmp_path / "outputs.json", emulator_url) as api:
        account = Account.verified(api, mailbox)

        def change(old: str, new: str) -> httpx.Response:
            token = account.log_in(old).json()["access_token"]
            body = {"old_password": old, "new_password": new}
            return api.post("/password/change", json=body, headers={"Authorization": f"Bearer {token}"})

        assert change(PASSWORD, "Second-Horse-9").status_code == 204
        refused = change("Second-Horse-9", PASSWORD)
        assert (refused.status_code, problem_slug(refused)) == (422, "password-reused")


def test_admin_removes_mfa_and_pages_through_users(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    pool_id, _ = create_passwordless_pool(emulator_url, tmp_path / "outputs.json")
    credentials = {"ADMIN_GROUP": "helpers", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with running(tmp_path / "outputs.json", emulator_url, **credentials) as api:
        helper, helped = Account.verified(api, mailbox), Account.verified(api, mailbox)
        cognito: Any = cognito_client(emulator_url)
        cognito.create_group(UserPoolId=pool_id, GroupName="helpers")
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=helper.email, GroupName="helpers")
        headers = {"Authorization": f"Bearer {helped.log_in().json()['access_token']}"}
        secret = api.post("/me/mfa/totp", headers=headers).json()["secret_code"]
        assert api.post("/me/mfa/totp/verify", headers=headers, json={"code": totp(secret)}).status_code == 204
        chosen = {"totp": {"enabled": True, "preferred": True}}
        assert api.put("/me/mfa", headers=headers, json=chosen).status_code == 204
        assert helped.log_in().json()["challenge"] == "SOFTWARE_TOKEN_MFA"

        admin = {"Authorization": f"Bearer {helper.log_in().json()['access_token']}"}
        assert api.delete(f"/admin/users/{helped.email}/mfa", headers=admin).status_code == 204
        assert helped.log_in().status_code == 200
        assert api.get("/session", headers=headers).status_code == 401

        for _ in range(3):
            Account.verified(api, mailbox)
        found: list[str] = []
        cursor: str | None = None
        for _ in range(5):
            parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = api.get("/admin/users", headers=admin, params=parameters)
            assert page.status_code == 200, page.text
            found += [user["email"] for user in page.json()["users"]]
            cursor = page.json().get("cursor")
            if cursor is None:
                break
        assert len(found) == len({*found}) == 5


@timed
def test_rotated_refresh_token_has_grace_period(emulator_url: str, mailbox: Mailbox, tmp_path: Path) -> None:
    pool_id, client_id = create_passwordless_pool(emulator_url, tmp_path / "outputs.json")
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 2}
    change_client(emulator_url, pool_id, client_id, RefreshTokenRotation=rotation)
    with running(tmp_path / "outputs.json", emulator_url) as api:
        first = Account.verified(api, mailbox).log_in().json()
        old = {"refresh_token": first["refresh_token"]}
        second = api.post("/refresh", json=old)
        assert second.status_code == 200, second.text
        assert second.json()["refresh_token"] != old["refresh_token"]
        assert api.post("/refresh", json=old).status_code == 200
        time.sleep(2.5)
        reused = api.post("/refresh", json=old)
        assert (reused.status_code, problem_slug(reused)) == (401, "session-ended")
        # A thief cannot be distinguished from the user, so the session ends for both.
        successor = {"refresh_token": second.json()["refresh_token"]}
        assert api.post("/refresh", json=successor).status_code == 401


# The limiter counts a minute in two windows: a run over the end of one may be allowed a request more.
@timed
@pytest.mark.parametrize("options", [[], ["--no-proxy-headers"]])
def test_rate_limit_ignores_x_forwarded_for(
    emulator_url: str, outputs_file: Path, tmp_path: Path, options: list[str]
) -> None:
    """With the README's ``--no-proxy-headers``, and with uvicorn's default, which trusts peers on its own host."""
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
        "AWS_ENDPOINT_URL": emulator_url,
        "RATE_LIMITS": "on",
    }
    with running_api(tmp_path / "log", settings, *options) as url, httpx.Client(base_url=url) as api:
        found: list[int] = []
        for number in range(61):
            found.append(
                api.post(
                    "/verify/resend",
                    json={"email": f"{number}@example.com"},
                    headers={"X-Forwarded-For": f"198.51.100.{number}"},
                ).status_code
            )
            # Stay below the limit for all clients together, 12 requests a second.
            time.sleep(0.09)
        assert found == [202] * 60 + [429]
