"""Contract between infrastructure and API: the stack declares the outputs that the API requires."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.config.settings import Settings
from api.config.stack_outputs import StackOutputs, parse_stack_outputs
from api.errors import ConfigurationError
from local.provision import cognito_client, provision
from stacks.workspace import outputs_file
from tests.support.stacks import EVERYTHING, synthesize

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return synthesize()


# Outputs only of stacks that have them: the ARN of a stored secret, and the domain of the hosted pages.
ELSEWHERE = {"cognito_user_pool_client_secret_arn", "cognito_domain"}


def test_declared_outputs_match_stack_outputs_fields(stack: dict[str, Any]) -> None:
    assert set(stack["output"]) == set(StackOutputs.model_fields) - ELSEWHERE
    everything = {name for name in synthesize(EVERYTHING)["output"] if not name.startswith("client_")}
    for_dns = {"cognito_domain_target", "cognito_domain_target_zone_id"}
    assert everything == set(StackOutputs.model_fields) - {"cognito_user_pool_client_secret"} | for_dns


def test_sensitive_outputs_are_secret_fields(stack: dict[str, Any]) -> None:
    sensitive = {name for name, output in stack["output"].items() if output["sensitive"]}
    secret = {name for name, field in StackOutputs.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert sensitive == secret == {"cognito_user_pool_client_secret"}


@pytest.mark.parametrize(
    ("sample", "stack_name"),
    [
        ("outputs.sensitive.json", "auth-dev"),
        ("auth-dev.terraform-output.json", None),
        ("auth-dev.terraform-show.json", None),
    ],
)
def test_real_outputs_file_is_read(sample: str, stack_name: str | None) -> None:
    stack = Settings(stack_outputs_file=SAMPLES / sample, stack_name=stack_name).stack_outputs
    assert stack.cognito_user_pool_id == "us-east-1_f8064baca4ea416bbce5a6de7f478f77"
    assert stack.cognito_user_pool_client_id == "c0dfe699a7764684ad3af4ae44"
    assert stack.cognito_user_pool_client_secret
    assert stack.cognito_user_pool_client_secret.get_secret_value() == "31a67f67-7492-4561-b830-ec42a709ae15"


@pytest.mark.parametrize(
    "sample",
    [
        "nested.terraform-output.json",
        "outputs.nested.deploy.json",
        "outputs.nested.output.json",
        "outputs.nested.output-skip-synth.json",
    ],
)
def test_nested_construct_outputs_are_found(sample: str) -> None:
    outputs = parse_stack_outputs((SAMPLES / sample).read_bytes(), sample)
    assert outputs == {
        "cognito_user_pool_id": "us-east-1_c0e6d9c51b3c4e15aec3f516962145d2",
        "cognito_user_pool_client_secret": "c33d516b-83be-4876-a6f0-f0f48e7bea67",
    }


def test_missing_secret_error_names_cdktf_option() -> None:
    with pytest.raises(ConfigurationError, match="lacks cognito_user_pool_client_secret") as caught:
        _ = Settings(stack_outputs_file=SAMPLES / "outputs.plain.json", stack_name="auth-dev").stack_outputs
    assert "--outputs-file-include-sensitive-outputs" in str(caught.value)


def test_two_stacks_require_stack_name() -> None:
    with pytest.raises(ConfigurationError, match="STACK_NAME to one of: auth-dev, service-dev"):
        _ = Settings(stack_outputs_file=SAMPLES / "outputs.sensitive.json").stack_outputs


def test_local_provision_writes_same_outputs(stack: dict[str, Any], tmp_path: Path, emulator_url: str) -> None:
    path = tmp_path / "outputs.json"
    outputs = provision(emulator_url, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())["auth"]) == set(stack["output"])
    # Provider 3.39.0 cannot set these, so tests/e2e cannot compare them.
    cognito = cognito_client(emulator_url)
    pool_id, client_id = str(outputs["cognito_user_pool_id"]), str(outputs["cognito_user_pool_client_id"])
    pool: Any = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    client: Any = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    declared = stack["resource"]["aws_cognito_user_pool"]["user_pool"]
    assert pool["DeletionProtection"] == declared["deletion_protection"]
    assert pool["UserPoolTier"] == declared["user_pool_tier"]
    (verified,) = pool["UserAttributeUpdateSettings"].values()
    assert verified == declared["user_attribute_update_settings"]["attributes_require_verification_before_update"]
    declared = stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
    assert client["AuthSessionValidity"] == declared["auth_session_validity"]
    assert client["EnableTokenRevocation"] == declared["enable_token_revocation"]


@pytest.mark.parametrize("name", [None, "", "dev", "prod"])
def test_api_reads_the_file_that_a_deploy_of_its_environment_writes(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    if name is not None:
        monkeypatch.setenv("ENVIRONMENT", name)
    assert Settings().stack_outputs_file == outputs_file()
    assert str(outputs_file()) == ("outputs.prod.json" if name == "prod" else "outputs.json")
