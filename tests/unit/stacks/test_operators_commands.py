"""`make hosting-secrets`, `make rotate-sealing-keys` and `make image-push`, with AWS and Docker in their place."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stacks import hosting_secrets, push_image

Json = dict[str, Any]
ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:"
HOSTING = {
    "aws_region": "eu-central-1",
    "cluster_name": "shop",
    "service_name": "shop",
    "image_repository_url": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop",
    "stack_outputs_json_secret_arn": f"{ARN}outputs",
    "sealing_keys_secret_arn": f"{ARN}keys",
}


class Aws:
    """Secrets Manager, ECS and ECR, and what was asked of them, in order."""

    class exceptions:  # noqa: N801 - boto3's name
        class ResourceNotFoundException(Exception): ...

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.written: list[str] = []
        self.asked: list[str] = []

    def __call__(self, service: str, region: str) -> "Aws":
        assert (service in {"secretsmanager", "ecs", "ecr"}, region) == (True, "eu-central-1")
        return self

    def get_secret_value(self, SecretId: str) -> Json:  # noqa: N803 - as above
        if SecretId not in self.values:
            raise self.exceptions.ResourceNotFoundException
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803 - as above
        self.values[SecretId] = SecretString
        self.written.append(SecretString)
        self.asked.append(f"put {SecretId.removeprefix(ARN)}")

    def update_service(self, **arguments: Any) -> None:
        assert arguments == {"cluster": "shop", "service": "shop", "forceNewDeployment": True}
        self.asked.append("replace")

    def get_waiter(self, name: str) -> "Aws":
        self.asked.append(name)
        return self

    def wait(self, **arguments: Any) -> None:
        assert arguments == {"cluster": "shop", "services": ["shop"]}

    def get_authorization_token(self) -> Json:
        token = base64.b64encode(b"AWS:registry-password").decode()
        return {"authorizationData": [{"authorizationToken": token}]}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    found = Aws()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    for module in (hosting_secrets, push_image):
        monkeypatch.setattr(module, "client", found)
    (tmp_path / "hosting.json").write_text(json.dumps({"hosting": HOSTING}))
    (tmp_path / "outputs.json").write_text(
        json.dumps({"auth": {"cognito_user_pool_id": "eu-central-1_A", "client_shop_secret": "of another client"}})
    )
    return found


def test_first_run_writes_outputs_and_a_key_and_replaces_the_tasks(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    hosting_secrets.write()
    assert aws.asked == ["put outputs", "put keys", "replace", "services_stable"]
    assert json.loads(aws.values[f"{ARN}outputs"]) == {"auth": {"cognito_user_pool_id": "eu-central-1_A"}}
    key = aws.values[f"{ARN}keys"]
    assert len(key) == 64
    assert key not in capsys.readouterr().out


def test_second_run_writes_nothing(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    hosting_secrets.write()
    aws.asked.clear()
    hosting_secrets.write()
    assert aws.asked == []
    assert "nothing, all values are current" in capsys.readouterr().out


def test_without_a_service_no_task_is_replaced(aws: Aws, tmp_path: Path) -> None:
    outputs = {name: value for name, value in HOSTING.items() if name != "service_name"}
    (tmp_path / "hosting.json").write_text(json.dumps({"hosting": outputs}))
    hosting_secrets.write()
    assert aws.asked == ["put outputs", "put keys"]


def test_new_key_opens_before_it_seals(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.values[f"{ARN}keys"] = "old,older,oldest"

    def new(_: int) -> str:
        return "new"

    monkeypatch.setattr(hosting_secrets.secrets, "token_hex", new)
    hosting_secrets.rotate()
    assert aws.written == ["old,older,oldest,new", "new,old,older"]
    assert aws.asked == ["put keys", "replace", "services_stable"] * 2


@pytest.mark.parametrize("name", ["hosting.json", "outputs.json"])
def test_missing_outputs_are_one_message(
    aws: Aws, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).unlink()
    assert run("hosting_secrets") == 1
    assert f"There is no {name}: deploy the" in capsys.readouterr().err
    assert aws.asked == []


def test_refusal_of_aws_is_one_message(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, "PutSecretValue")

    monkeypatch.setattr(aws, "put_secret_value", refuse)
    assert run("hosting_secrets") == 1
    assert "AccessDeniedException" in capsys.readouterr().err


def run(module: str, *arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        return {"hosting_secrets": hosting_secrets, "push_image": push_image}[module].main()


DOCKER = """#!/bin/sh
echo "$@" >> {log}
case "$1 $2 $3" in
  "login "*) cat > {password}; echo "$DOCKER_CONFIG" > {config} ;;
  "image inspect --format={{{{.Id}}}}") echo sha256:0123456789abcdef0123 ;;
  "image inspect"*) echo '["other@sha256:aa", "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:bb"]' ;;
  "context "*) echo unix:///operators/daemon ;;
  "push "*) echo "$DOCKER_HOST" > {host}; {push} ;;
esac
"""


def docker(directory: Path, monkeypatch: pytest.MonkeyPatch, push: str = "true") -> Path:
    log = directory / "log"
    places = {name: str(directory / name) for name in ("password", "config", "host")}
    program = directory / "docker"
    program.write_text(DOCKER.format(log=log, push=push, **places))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    return log


def test_image_is_pushed_under_a_tag_of_its_own(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del aws
    log = docker(tmp_path, monkeypatch)
    assert run("push_image", "sign-in:1") == 0
    assert capsys.readouterr().out == 'image_digest = "sha256:bb"\n'
    name = f"{HOSTING['image_repository_url']}:0123456789ab"
    lines = log.read_text().splitlines()
    assert [f"tag sign-in:1 {name}", f"push --quiet {name}"] == [
        line for line in lines if line.startswith(("tag", "push"))
    ]
    assert (tmp_path / "password").read_text() == "registry-password"
    assert "registry-password" not in log.read_text()
    assert (tmp_path / "host").read_text() == "unix:///operators/daemon\n"
    # Docker's credentials are gone.
    assert not Path((tmp_path / "config").read_text().strip()).exists()


def test_push_that_fails_is_one_message(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del aws
    docker(tmp_path, monkeypatch, push="echo denied >&2; exit 1")
    assert run("push_image", "sign-in:1") == 1
    assert "docker push failed: denied" in capsys.readouterr().err


def test_push_needs_an_image_and_a_stack(aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del aws
    assert run("push_image") == 1
    (tmp_path / "hosting.json").unlink()
    assert run("push_image", "sign-in:1") == 1
    printed = capsys.readouterr().err
    assert "Name the image" in printed
    assert "There is no hosting.json" in printed
