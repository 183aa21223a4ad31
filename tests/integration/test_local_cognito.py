"""The local Cognito as a program: accepted hosts and origins, persisted state, unsupported operations."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from api.cognito.secret_hash import secret_hash
from local.cognito_process import start_emulator
from local.provision import cognito_client, provision
from tests.support.api_client import Account, Mailbox
from tests.support.servers import free_port, running_api


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/messages", "/_ministack/health"])
def test_foreign_host_header_is_refused(emulator_url: str, host: str, path: str) -> None:
    assert httpx.get(f"{emulator_url}{path}", headers={"Host": host}).status_code == 421


def test_mailbox_page_loads_no_external_resources(emulator_url: str) -> None:
    page = httpx.get(emulator_url)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; connect-src 'self'")
    assert "http" not in page.text.replace("https://", "http")


def test_unsupported_operation_is_named_in_error(emulator_url: str) -> None:
    cognito: Any = cognito_client(emulator_url)
    calls: dict[str, Callable[[], object]] = {
        "ListDevices": lambda: cognito.list_devices(AccessToken="a.b.c"),
        "ForgetDevice": lambda: cognito.forget_device(AccessToken="a.b.c", DeviceKey="us-east-1_" + "a" * 36),
        "GetCSVHeader": lambda: cognito.get_csv_header(UserPoolId="us-east-1_AbCdEfGhI"),
    }
    for operation, call in calls.items():
        expected = f"NotImplementedException.*{operation} is not implemented by the local Cognito"
        with pytest.raises(ClientError, match=expected):
            call()


def test_messages_can_be_filtered_by_address(emulator_url: str, api_url: str) -> None:
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        account.sign_up()
    (mail,) = Mailbox(emulator_url).mails_to(account.email.upper())
    assert mail.keys() == {"to", "kind", "code", "time", "subject", "text"}
    assert (mail["to"], mail["kind"]) == (account.email, "sign-up")
    assert mail["code"] in mail["text"]


def test_invitation_mail_has_temporary_password(emulator_url: str, tmp_path: Path) -> None:
    outputs = provision(emulator_url, tmp_path / "outputs.json")
    email = "invited@example.com"
    attributes: list[Any] = [{"Name": "email", "Value": email}]
    cognito_client(emulator_url).admin_create_user(
        UserPoolId=str(outputs["cognito_user_pool_id"]), Username=email, UserAttributes=attributes
    )
    (mail,) = Mailbox(emulator_url).mails_to(email)
    assert mail["kind"] == "invitation"
    assert len(mail["code"]) >= 8
    assert mail["code"] in mail["text"]


def lock_out(cognito: Any, outputs: dict[str, Any], account: Account) -> None:
    """Send nine wrong passwords, each after the previous lock has expired."""
    client_id, secret = (str(outputs[f"cognito_user_pool_client_{name}"]) for name in ("id", "secret"))
    signature = secret_hash(account.email, client_id, secret)
    parameters = {"USERNAME": account.email, "PASSWORD": "Wrong-Horse-9", "SECRET_HASH": signature}
    for wait in (0, 0, 0, 0, 0, 1.05, 2.05, 4.05, 8.05):
        time.sleep(wait)
        with pytest.raises(cognito.exceptions.NotAuthorizedException, match="Incorrect"):
            cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


@pytest.mark.parametrize("path", ["/", "/messages", "/_ministack/health"])
def test_foreign_origin_is_refused(emulator_url: str, path: str) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert httpx.get(f"{emulator_url}{path}", headers=foreign).status_code == 403
    assert httpx.post(f"{emulator_url}/_ministack/reset", headers=foreign).status_code == 403
    assert httpx.post(f"{emulator_url}/_ministack/reset").status_code == 403
    assert httpx.get(f"{emulator_url}{path}", headers={"Origin": "http://localhost:3000"}).status_code == 200


def test_state_survives_restart(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def start() -> Any:
        return start_emulator(port, tmp_path / "state", tmp_path / "log")

    emulator = start()
    try:
        outputs = provision(url, tmp_path / "outputs.json")
        keys = httpx.get(f"{url}/{outputs['cognito_user_pool_id']}/.well-known/jwks.json").json()
        settings = {"STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"), "AWS_ENDPOINT_URL": url}
        with running_api(tmp_path / "api.log", settings) as api_url, httpx.Client(base_url=api_url) as api:
            account = Account.new(api)
            account.sign_up()
            account.verify(Mailbox(url).code_for(account.email))
            token = account.log_in().json()["access_token"]
            waiting = Account.new(api)
            waiting.sign_up()
            ended = account.log_in().json()
            cognito = cognito_client(url)
            client_id, secret = (str(outputs[f"cognito_user_pool_client_{name}"]) for name in ("id", "secret"))
            cognito.revoke_token(ClientId=client_id, ClientSecret=secret, Token=ended["refresh_token"])
            guessed = Account.new(api)
            guessed.sign_up()
            guessed.verify(Mailbox(url).code_for(guessed.email))
            # The lock lasts 2 ** 4 seconds, longer than the restart.
            lock_out(cognito, outputs, guessed)
            emulator.stop()
            emulator = start()
            assert httpx.get(f"{url}/{outputs['cognito_user_pool_id']}/.well-known/jwks.json").json() == keys
            assert provision(url, tmp_path / "outputs.json") == outputs
            assert waiting.verify(Mailbox(url).code_for(waiting.email)).status_code == 204
            assert account.log_in().status_code == 200
            assert account.log_out(token).status_code == 204
            with pytest.raises(cognito.exceptions.NotAuthorizedException, match="revoked"):
                cognito.get_user(AccessToken=ended["access_token"])
            assert guessed.log_in().status_code == 401
    finally:
        emulator.stop()


def test_log_states_that_it_is_not_aws(tmp_path: Path) -> None:
    emulator = start_emulator(free_port(), tmp_path / "state", tmp_path / "log")
    emulator.stop()
    assert "It is not AWS" in (tmp_path / "log").read_text()
