"""Checks that the emulator makes as Cognito does: secrets, hashes, taken and unknown addresses, case."""

import uuid
from pathlib import Path

import httpx
import pytest

from api.cognito.secret_hash import secret_hash
from local.provision import cognito_client, provision, write_outputs
from tests.support.api_client import Account, Mailbox, problem_slug
from tests.support.servers import running_api


def test_wrong_client_secret_is_server_misconfigured(emulator_url: str, outputs_file: Path, tmp_path: Path) -> None:
    settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url}
    with (
        running_api(tmp_path / "log", {**settings, "COGNITO_CLIENT_SECRET": "wrong"}) as url,
        httpx.Client(base_url=url) as api,
    ):
        response = Account.new(api).log_in()
        assert (response.status_code, problem_slug(response)) == (500, "server-misconfigured")
        assert api.get("/readyz").status_code == 503
    assert "misconfigured" in (tmp_path / "log").read_text()


def test_signup_taken_address_returns_same_response(api_url: str, mailbox: Mailbox) -> None:
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        first = account.sign_up()
        unconfirmed = account.sign_up()
        account.verify(mailbox.code_for(account.email))
        confirmed = account.sign_up()
    assert {(r.status_code, r.content) for r in (first, unconfirmed, confirmed)} == {(202, first.content)}


def test_login_unknown_address_equals_wrong_password(api_url: str, mailbox: Mailbox) -> None:
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        unknown = account.log_in()
        account.sign_up()
        account.verify(mailbox.code_for(account.email))
        wrong = account.log_in("Wrong-Horse-9")
    bodies = [{**r.json(), "instance": ""} for r in (unknown, wrong)]
    assert bodies[0] == bodies[1]
    assert unknown.status_code == wrong.status_code == 401


def test_login_ignores_case_of_address(api_url: str, mailbox: Mailbox) -> None:
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        account.sign_up()
        account.verify(mailbox.code_for(account.email))
        assert Account(api, account.email.upper()).log_in().status_code == 200


def test_secret_hash_with_wrong_secret_is_refused(emulator_url: str, tmp_path: Path) -> None:
    outputs = provision(emulator_url, tmp_path / "outputs.json")
    cognito = cognito_client(emulator_url)
    client_id, secret = (str(outputs[f"cognito_user_pool_client_{name}"]) for name in ("id", "secret"))
    email = f"{uuid.uuid4().hex}@example.com"

    def sign_up(secret: str) -> str:
        signature = secret_hash(email, client_id, secret)
        return cognito.sign_up(ClientId=client_id, Username=email, Password="Correct-Horse-9", SecretHash=signature)[
            "UserSub"
        ]

    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        sign_up("wrong")
    assert sign_up(secret)


def test_second_provision_reuses_existing_pool(emulator_url: str, tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    first = provision(emulator_url, path)
    assert provision(emulator_url, path) == first
    write_outputs(path, {**first, "cognito_user_pool_id": "us-east-1_Gone00000"})
    assert provision(emulator_url, path)["cognito_user_pool_id"] != first["cognito_user_pool_id"]
