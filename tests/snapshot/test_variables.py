"""The variables' validations, evaluated by Terraform itself."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stacks.auth.props import AuthStackProps
from tests.e2e.terraform import terraform_from_package, terraform_on_path
from tests.support.servers import environment
from tests.support.stacks import EVERYTHING, synthesize

GOOD: dict[str, list[Any]] = {
    "aws_region": ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"],
    "user_pool_name": ["auth", "My pool_1 +=,.@-", "x" * 128],
    "callback_urls": [["https://example.com/back?x=1"], ["http://localhost"], ["http://localhost:3000/a"]],
    "logout_urls": [["https://example.com"], ["https://a.example", "http://localhost:8000/"], ["myapp://signed-out"]],
    "password_minimum_length": [8, 99],
    "access_token_validity_minutes": [5, 1440],
    "refresh_token_validity_days": [1, 3650],
    "self_sign_up": [True, False],
    "tags": [{}, {"team": "identity"}],
    "identity_provider_secrets": [
        {"Google": "a", "Facebook": "b", "LoginWithAmazon": "c", "SignInWithApple": "d", "Work": "e"}
    ],
}
BAD: dict[str, list[Any]] = {
    "aws_region": ["", "Frankfurt", "us-east"],
    "user_pool_name": ["", "a/b", "x" * 129],
    "user_pool_client_name": ["", "a:b"],
    "callback_urls": [
        [],
        ["http://example.com"],
        ["https://example.com/#part"],
        ["https:///path"],
        ["javascript:alert(1)"],
        ["http://localhost.example.com/"],
        ["https://example.com/" + "x" * 1010],
        ["https://example.com/a b"],
    ],
    "logout_urls": [["ftp://example.com"], ["https://ok.example", "nonsense"]],
    "password_minimum_length": [7, 100, 8.5],
    "access_token_validity_minutes": [4, 1441],
    "id_token_validity_minutes": [0],
    "refresh_token_validity_days": [0, 3651],
    "tags": [{str(number): "x" for number in range(51)}],
    "identity_provider_secrets": [{}, {"Google": "a"}],
}


# This variable has no default.
SECRETS = {"identity_provider_secrets": GOOD["identity_provider_secrets"][0]}


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return synthesize(EVERYTHING)


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory, stack: dict[str, Any]) -> tuple[Path, Path]:
    """Configuration with only the stack's variables, which can be planned without a provider."""
    directory = tmp_path_factory.mktemp("variables")
    (directory / "main.tf.json").write_text(json.dumps({"variable": stack["variable"]}))
    (directory / "secrets.auto.tfvars.json").write_text(json.dumps(SECRETS))
    return directory, terraform_on_path(directory) or terraform_from_package(directory)


def plan(planner: tuple[Path, Path], name: str, value: Any) -> "subprocess.CompletedProcess[str]":
    directory, terraform = planner
    variables = directory / "values.tfvars.json"
    variables.write_text(json.dumps({name: value}))
    command = [str(terraform), "plan", "-no-color", "-input=false", f"-var-file={variables}"]
    return subprocess.run(
        command, cwd=directory, env=environment(CHECKPOINT_DISABLE="1"), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_valid_value_is_accepted(planner: tuple[Path, Path], name: str, value: Any) -> None:
    done = plan(planner, name, value)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("self_sign_up", None, "self_sign_up must be true or false. It has no default here"),
        ("callback_urls", None, "set it in environments/NAME.toml (variables)"),
        ("logout_urls", ["http://localhost:8000/"], "logout_urls must hold 1 to 100 URLs"),
    ],
)
def test_outside_dev_nothing_is_open_by_default(tmp_path: Path, name: str, value: Any, message: str) -> None:
    url = ["https://shop.example.com/"]
    given = {"self_sign_up": False, "callback_urls": url, "logout_urls": url, name: value}
    values = {variable: chosen for variable, chosen in given.items() if chosen is not None}
    stack = synthesize(AuthStackProps(is_development=False, variables=values))
    (tmp_path / "main.tf.json").write_text(json.dumps({"variable": stack["variable"]}))
    terraform = terraform_on_path(tmp_path) or terraform_from_package(tmp_path)
    done = plan((tmp_path, terraform), "user_pool_name", "shop")
    assert done.returncode == 1
    assert message in " ".join(done.stderr.replace("\u2502", " ").split())
    assert done.stderr.count("Error:") == 1


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_invalid_value_is_refused_with_message(
    planner: tuple[Path, Path], stack: dict[str, Any], name: str, value: Any
) -> None:
    done = plan(planner, name, value)
    assert done.returncode != 0
    (validation,) = stack["variable"][name]["validation"]
    assert validation["error_message"] in " ".join(done.stderr.replace("\u2502", " ").split())
