"""Client secret stored in AWS: read by its ARN, and rotated under a running API without failed requests."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from api.cli.rotate import rotate
from api.cognito.secret_hash import secret_hash
from api.config.settings import Settings
from api.errors import ConfigurationError
from api.startup.composition import open_secret
from local.provision import cognito_client, provision
from tests.support import faults
from tests.support.api_client import Account, Mailbox
from tests.support.servers import ROOT, environment, free_port, running_api

KEYS = "a-sealing-key-of-more-than-thirty-two-characters"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """URL of moto, with Secrets Manager and Parameter Store."""
    port, log = free_port(), tmp_path_factory.mktemp("moto") / "log"
    with log.open("w") as output:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, env=environment(), stdout=output, stderr=output)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def keep(service: str, url: str, value: str) -> str:
    """Store a secret as the stack does, and return its ARN."""
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    session: Any = boto3.Session()
    client: Any = session.client(service, region_name="us-east-1", endpoint_url=url, **credentials)
    name = f"/sign-in/{time.time_ns()}"
    end = time.monotonic() + 20
    while True:
        try:
            if service == "ssm":
                client.put_parameter(Name=name, Value=value, Type="SecureString")
                return client.get_parameter(Name=name)["Parameter"]["ARN"]
            return client.create_secret(Name=name, SecretString=value)["ARN"]
        except EndpointConnectionError:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.fixture(params=["secretsmanager", "ssm"])
def deployment(
    request: pytest.FixtureRequest, moto: str, emulator_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Settings of an API with an outputs file that has the secret's ARN instead of the secret."""
    outputs = provision(emulator_url, tmp_path / "provisioned.json")
    secret = str(outputs.pop("cognito_user_pool_client_secret"))
    arn = keep(request.param, moto, secret)
    (tmp_path / "outputs.json").write_text(
        json.dumps({"auth": {**outputs, "cognito_user_pool_client_secret_arn": arn}})
    )
    (tmp_path / "outputs.json").chmod(0o600)
    settings = {
        "STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"),
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": emulator_url,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": moto,
        "AWS_ENDPOINT_URL_SSM": moto,
        "SEALING_KEYS": KEYS,
        "CLIENT_SECRET_READ_SECONDS": "0.5",
        **CREDENTIALS,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def test_rotation_causes_no_failed_sign_in(
    deployment: dict[str, str], mailbox: Mailbox, emulator_url: str, tmp_path: Path
) -> None:
    before = open_secret(Settings.load()).value
    with running_api(tmp_path / "log", deployment) as url, httpx.Client(base_url=url, timeout=15) as api:
        account = Account.new(api)
        assert account.sign_up().status_code == 202
        assert account.verify(mailbox.code_for(account.email)).status_code == 204
        refresh_token = account.log_in().json()["refresh_token"]
        rotation = threading.Thread(target=rotate, args=(Settings.load(),))
        rotation.start()
        found: list[int] = []
        while rotation.is_alive():
            found.append(account.log_in().status_code)
            # Without a pause, the sign-ins take the processors from other tests for as long as the rotation waits.
            time.sleep(0.02)
        rotation.join()
        # The old secret is deleted, and the API already uses the new one.
        found += [account.log_in().status_code for _ in range(5)]
        assert {*found} == {200}
        assert len(found) > 10
        assert api.post("/refresh", json={"refresh_token": refresh_token}).status_code == 200
    after = open_secret(Settings.load()).value
    assert before != after
    stack = Settings.load().stack_outputs
    ids = {"UserPoolId": stack.cognito_user_pool_id, "ClientId": stack.cognito_user_pool_client_id}
    cognito: Any = cognito_client(emulator_url)
    assert len(cognito.list_user_pool_client_secrets(**ids)["ClientSecrets"]) == 1
    log = (tmp_path / "log").read_text()
    assert "the client secret has been rotated" in log
    assert before not in log
    assert after not in log


# Outcomes of writing the new secret, and the number of the client's secrets afterwards.
WRITES: dict[str, tuple[list[faults.Fault], int]] = {
    "refused": ([faults.error(400, "AccessDeniedException")], 1),
    "no answer, not stored": ([faults.resets_before] * 3, 2),
    "no answer, stored": ([faults.resets_after] * 3, 2),
    "stored, and the retry refused": ([faults.fails_after_execution, faults.error(400, "AccessDeniedException")], 2),
}


@pytest.mark.anyio
@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize("name", WRITES)
async def test_failed_write_leaves_stored_secret_valid(
    name: str, moto: str, emulator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, left = WRITES[name]
    async with faults.FaultProxy.running(moto) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", proxy.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", proxy.url)
        proxy.script = {operation: [*script] for operation in ("PutSecretValue", "PutParameter")}
        with pytest.raises((ClientError, BotoCoreError)):
            await asyncio.to_thread(rotate, Settings.load())
        stored = await asyncio.to_thread(lambda: open_secret(Settings.load()).value)
    stack = Settings.load().stack_outputs
    client_id = str(stack.cognito_user_pool_client_id)
    cognito: Any = cognito_client(emulator_url)
    email = f"{time.time_ns()}@example.com"
    signature = secret_hash(email, client_id, stored)
    # Cognito refuses this call unless the secret is one of the client's.
    cognito.sign_up(ClientId=client_id, Username=email, Password="Correct-Horse-9", SecretHash=signature)
    ids = {"UserPoolId": stack.cognito_user_pool_id, "ClientId": client_id}
    assert len(cognito.list_user_pool_client_secrets(**ids)["ClientSecrets"]) == left


@pytest.mark.usefixtures("deployment")
def test_rotation_with_two_secrets_is_refused(emulator_url: str) -> None:
    stack = Settings.load().stack_outputs
    ids = {"UserPoolId": stack.cognito_user_pool_id, "ClientId": stack.cognito_user_pool_client_id}
    cognito: Any = cognito_client(emulator_url)
    cognito.add_user_pool_client_secret(**ids)
    with pytest.raises(ConfigurationError, match="has 2 secrets"):
        rotate(Settings.load())


@pytest.mark.usefixtures("deployment")
def test_unreadable_secret_raises_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "COGNITO_CLIENT_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:nobody-abcdef"
    )
    with pytest.raises(ConfigurationError, match=r"cannot be read at arn:aws:secretsmanager.*ResourceNotFound"):
        open_secret(Settings.load())


@pytest.mark.usefixtures("deployment")
def test_secret_arn_without_sealing_keys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALING_KEYS")
    with pytest.raises(ConfigurationError, match="SEALING_KEYS is not set"):
        _ = Settings.load().sealing_secrets


def test_rotation_of_secret_in_outputs_is_refused(outputs_file: Path) -> None:
    settings = environment(STACK_OUTPUTS_FILE=str(outputs_file), **CREDENTIALS)
    command = [sys.executable, "-m", "api.rotate"]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "CLIENT_SECRET_STORE" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_iam_policy_allows_only_reading_secret(deployment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "api.iam"]
    done = subprocess.run(command, cwd=ROOT, env=environment(**deployment), capture_output=True, text=True, check=True)
    (statement,) = json.loads(done.stdout)["Statement"]
    assert statement["Action"] in (["secretsmanager:GetSecretValue"], ["ssm:GetParameter"])
    assert statement["Resource"] == Settings.load().stack_outputs.cognito_user_pool_client_secret_arn
