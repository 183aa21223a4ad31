"""Environments: stack names, location of the state, locks, and errors that stop the synthesis."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.environments import App, InvalidSettingError, declare, environment
from stacks.state import LocalState, S3State
from tests.support.servers import ROOT
from tests.support.servers import environment as clean_environment

KEY = "arn:aws:kms:eu-central-1:111122223333:key/0f0f0f0f"
BUCKET = {"STATE_BUCKET": "my-state", "STATE_REGION": "eu-central-1", "STATE_KMS_KEY_ARN": KEY}


def set_all(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_dev_uses_stack_auth_and_local_state() -> None:
    found = environment("dev")
    assert (found.stack, found.state) == ("auth", LocalState())


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_state_bucket_setting_selects_s3_state(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_all(monkeypatch, **BUCKET)
    found = environment(name)
    assert found.stack == ("auth" if name == "dev" else f"auth-{name}")
    assert found.state == S3State(bucket="my-state", region="eu-central-1", kms_key_arn=KEY)


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_local_state_outside_dev_must_be_explicit(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(InvalidSettingError, match=r"STATE_BUCKET is not set.*or STATE=local"):
        environment(name)
    set_all(monkeypatch, STATE="local")
    assert environment(name).state == LocalState()


def test_unknown_environment_error_lists_allowed_names() -> None:
    with pytest.raises(InvalidSettingError, match=r"no environments/production.toml; allowed: dev, prod, staging"):
        environment("production")


def synth(tmp_path: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = clean_environment(CDKTF_OUTDIR=str(tmp_path / "out"), PATH=path, PYTHONPATH=str(ROOT), **settings)
    command = [sys.executable, str(ROOT / "main.py")]
    return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)


def stack_of(tmp_path: Path, name: str) -> dict[str, Any]:
    return json.loads((tmp_path / f"out/stacks/{name}/cdk.tf.json").read_text())


def write_file(directory: Path, name: str, text: str) -> None:
    (directory / "environments").mkdir(exist_ok=True)
    (directory / f"environments/{name}.toml").write_text(text)


def test_prod_stack_has_encrypted_locked_backend(tmp_path: Path) -> None:
    write_file(tmp_path, "prod", "")
    done = synth(tmp_path, ENVIRONMENT="prod", **BUCKET)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "out/stacks").iterdir()] == ["auth-prod"]
    assert stack_of(tmp_path, "auth-prod")["terraform"]["backend"]["s3"] == {
        "bucket": "my-state",
        "encrypt": True,
        "key": "auth-prod.tfstate",
        "kms_key_id": KEY,
        "region": "eu-central-1",
        "use_lockfile": True,
    }


def test_dev_state_file_is_outside_output_directory(tmp_path: Path) -> None:
    assert synth(tmp_path).returncode == 0
    backend = stack_of(tmp_path, "auth")["terraform"]["backend"]
    assert backend == {"local": {"path": str(tmp_path / "terraform.auth.tfstate")}}


FILE = """
product = "shop"

[state]
bucket = "my-state"
region = "eu-central-1"
kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0f0f0f0f"

[variables]
callback_urls = ["https://shop.example.com/back"]
tags = { team = "identity" }

[stack]
client_secret_store = { service = "ssm" }
identity_providers = [{ type = "Google", client_id = "google-client" }]

[stack.client]
identity_providers = ["COGNITO", "Google"]

[stack.user_pool]
tier = "PLUS"

[stack.domain]
prefix = "shop-sign-in"
"""


def test_environment_is_read_from_its_file(tmp_path: Path) -> None:
    write_file(tmp_path, "eu-prod", FILE)
    done = synth(tmp_path, ENVIRONMENT="eu-prod")
    assert done.returncode == 0, done.stderr
    stack = stack_of(tmp_path, "auth-eu-prod")
    assert stack["terraform"]["backend"]["s3"]["key"] == "shop/auth-eu-prod.tfstate"
    defaults = {name: row.get("default") for name, row in stack["variable"].items()}
    assert defaults["callback_urls"] == ["https://shop.example.com/back"]
    assert (defaults["logout_urls"], defaults["self_sign_up"]) == (None, None)
    assert (defaults["user_pool_name"], defaults["user_pool_client_name"]) == ("shop", "shop-api")
    assert defaults["tags"] == {"product": "shop", "team": "identity"}
    assert stack["resource"]["aws_cognito_user_pool"]["user_pool"]["user_pool_tier"] == "PLUS"
    assert stack["resource"]["aws_ssm_parameter"]["client_secret"]["name"] == "/shop/auth-eu-prod/client-secret"
    assert "identity_provider_google" in stack["resource"]["aws_cognito_identity_provider"]


def test_environment_variables_override_the_file(tmp_path: Path) -> None:
    write_file(tmp_path, "prod", FILE)
    trial = {"STATE": "local", "CLIENT_SECRET_STORE": "secretsmanager:trial", "USER_POOL_REMOVAL_POLICY": "destroy"}
    assert synth(tmp_path, ENVIRONMENT="prod", **trial).returncode == 0
    stack = stack_of(tmp_path, "auth-prod")
    assert "local" in stack["terraform"]["backend"]
    assert stack["resource"]["aws_secretsmanager_secret"]["client_secret"]["name"] == "trial"
    assert not stack["resource"]["aws_cognito_user_pool"]["user_pool"]["lifecycle"].get("prevent_destroy")


@pytest.mark.parametrize("document", ["operations.md", "infrastructure.md"])
def test_files_of_the_documents_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / document).read_text(), re.DOTALL)
    write_file(tmp_path, "prod", text)
    monkeypatch.chdir(tmp_path)
    set_all(monkeypatch, ENVIRONMENT="prod", **BUCKET)
    declare(App(outdir=str(tmp_path / "out")))


BAD_FILES = {
    "product =": ["environments/dev.toml is not TOML"],
    "product = 'The Shop'": ["environments/dev.toml: product = 'The Shop': it must be 2 to 32 characters"],
    "products = 'shop'": ["products = 'shop': Extra inputs are not permitted"],
    "[state]\nbucket = 'my-state'": ["state.region", "state.kms_key_arn"],
    "[variables]\nregion = 'eu-central-1'": ["variables: region: there is no such Terraform variable", "aws_region"],
    "[variables]\nidentity_provider_secrets = {Google = 'x'}": ["identity_provider_secrets: there is no such"],
    "[stack]\ngroups = [{name = 'a b'}]": ["environments/dev.toml (stack)", "groups.0.name = 'a b'"],
    "[stack.domain]\nprefix = 'A'": ["domain.prefix.prefix = 'A': it must be 1 to 63 characters"],
    "[stack.user_pool.attributes]\nrequired = ['name']": ["required = name: the API's sign-up asks for"],
    "[stack]\nrevocation_table = 'x'": ["revocation_table is now state_table"],
    "[stack.user_pool.devices]": ["the API does not send the key of a remembered device"],
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_invalid_file_is_refused_with_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    write_file(tmp_path, "dev", text)
    monkeypatch.chdir(tmp_path)
    app = App(outdir=str(tmp_path / "out"))
    with pytest.raises(ValueError, match=r"\w") as caught:
        declare(app)
    assert all(part in str(caught.value) for part in BAD_FILES[text]), caught.value


BAD_SETTINGS: list[tuple[dict[str, str], list[str]]] = [
    ({"USER_POOL_REMOVAL_POLICY": "keep"}, ["removal_policy = 'keep'", "'retain' or 'destroy'"]),
    ({"CLIENT_SECRET_STORE": "vault:x"}, ["client_secret_store.service = 'vault'", "'secretsmanager' or 'ssm'"]),
    ({"REVOCATION_TABLE": "x"}, ["REVOCATION_TABLE is now STATE_TABLE"]),
    ({"ADOPT_USER_POOL_ID": "x"}, ["adopt.user_pool_id = 'x'"]),
    ({"ENVIRONMENT": "prod"}, ["STATE_BUCKET is not set"]),
    ({"ENVIRONMENT": "bootstrap"}, ["STATE_BUCKET is not set"]),
    ({**BUCKET, "STATE_BUCKET": "My_State"}, ["bucket = 'My_State': it must be 3 to 63 characters"]),
    ({**BUCKET, "STATE_BUCKET": "my..state"}, ["bucket = 'my..state'"]),
    ({"STATE_BUCKET": "my-state", "STATE_REGION": "eu-central-1"}, ["STATE_KMS_KEY_ARN is not set"]),
    ({"ENVIRONMENT": "bootstrap", "STATE_BUCKET": "My_State", "STATE_REGION": "eu-central-1"}, ["bucket = 'My_State'"]),
]


@pytest.mark.parametrize(("settings", "said"), BAD_SETTINGS)
def test_invalid_setting_is_refused_with_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: list[str]
) -> None:
    set_all(monkeypatch, **settings)
    app = App(outdir=str(tmp_path))
    with pytest.raises(InvalidSettingError) as caught:
        declare(app)
    assert all(part in str(caught.value) for part in said), caught.value
    assert not app.node.children


def test_synthesis_with_invalid_setting_prints_message_not_traceback(tmp_path: Path) -> None:
    settings, (said, _) = BAD_SETTINGS[0]
    done = synth(tmp_path, **settings)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [*(tmp_path / "out/stacks").iterdir()] == []


def test_synthesis_checks_lock_file(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/auth.json").write_text('{"case_sensitive": true}')
    done = synth(tmp_path)
    assert done.returncode == 1
    assert "case_sensitive was True and is False" in done.stderr
    assert "Traceback" not in done.stderr


def test_adopted_pool_stays_adopted_without_variables(tmp_path: Path) -> None:
    adopt = {"ADOPT_USER_POOL_ID": "us-east-1_AbCdEfGhI", "ADOPT_CLIENT_ID": "1example23456789"}
    assert synth(tmp_path, **adopt).returncode == 0
    assert stack_of(tmp_path, "auth")["import"]
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/auth.json").write_text(json.dumps({"adopted": True}))
    done = synth(tmp_path)
    assert done.returncode == 0, done.stderr
    stack = stack_of(tmp_path, "auth")
    assert "import" not in stack
    pool = stack["resource"]["aws_cognito_user_pool"]["user_pool"]
    # What only an adopted pool may have is still allowed.
    write_file(tmp_path, "dev", "[stack.user_pool.devices]")
    assert synth(tmp_path).returncode == 0
    client = stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
    assert pool["lifecycle"] == {"ignore_changes": ["schema"], "prevent_destroy": True}
    assert client["lifecycle"] == {"ignore_changes": ["generate_secret"], "prevent_destroy": True}


def test_locked_account_is_the_only_allowed_one(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/auth.json").write_text('{"account": "111122223333"}')
    assert synth(tmp_path).returncode == 0
    (provider,) = stack_of(tmp_path, "auth")["provider"]["aws"]
    assert provider["allowed_account_ids"] == ["111122223333"]
