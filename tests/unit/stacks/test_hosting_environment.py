"""The hosting stack of an environment: which stack is selected, and what follows from the auth stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.environments import InvalidSettingError, chosen, environment
from stacks.hosting.props import HostingProps
from stacks.state import LocalState
from stacks.workspace import outputs_file

HOSTING = '[hosting]\ndomain = "api.example.com"\nhosted_zone_id = "Z0123456789AB"\n'
LOCK: dict[str, Any] = {
    "account": "111122223333",
    "region": "eu-central-1",
    "user_pool_id": "eu-central-1_AbCdEfGhI",
    "schema": {},
}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOSTING", "fargate")
    (tmp_path / "environments").mkdir()
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/auth.json").write_text(json.dumps(LOCK))
    return tmp_path


def props_of(directory: Path, text: str = HOSTING) -> HostingProps:
    (directory / "environments/dev.toml").write_text(text)
    found = environment("dev")
    assert isinstance(found.props, HostingProps)
    return found.props


def test_pool_account_and_region_are_those_of_the_auth_stack(directory: Path) -> None:
    props = props_of(directory)
    assert props.user_pool_id == LOCK["user_pool_id"]
    assert props.allowed_account_ids == ("111122223333",)
    assert props.variables == {"aws_region": "eu-central-1"}


def test_table_and_client_secret_are_those_of_the_auth_stack(directory: Path) -> None:
    stack = '[stack]\nstate_table = "shop-state"\nclient_secret_store = { service = "secretsmanager" }\n'
    props = props_of(directory, f'product = "shop"\n{stack}{HOSTING}')
    assert props.state_table == "shop-state"
    assert props.client_secret_store
    assert props.client_secret_store.name == "shop/auth/client-secret"
    assert props.name == "shop"


def test_each_environment_has_names_of_its_own(directory: Path) -> None:
    (directory / "environments/prod.toml").write_text(HOSTING + 'user_pool_id = "eu-central-1_AbCdEfGhI"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE", "local")
        found = environment("prod")
    assert isinstance(found.props, HostingProps)
    assert (found.stack, found.props.name, found.state) == ("hosting-prod", "sign-in-prod", LocalState())


@pytest.mark.parametrize(("selected", "name"), [("fargate", "hosting.json"), ("", "outputs.json")])
def test_outputs_of_the_two_stacks_have_files_of_their_own(
    selected: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTING", selected)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert outputs_file() == Path(name)


def test_digest_and_removal_policy_can_be_tried_from_the_shell(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"sha256:{'0a' * 32}"
    monkeypatch.setenv("IMAGE_DIGEST", digest)
    monkeypatch.setenv("HOSTING_REMOVAL_POLICY", "destroy")
    props = props_of(directory)
    assert (props.image_digest, props.removal_policy) == (digest, "destroy")


REFUSED = {
    HOSTING.replace("Z0123456789AB", "none"): "hosted_zone_id = 'none'",
    HOSTING.replace("api.example.com", "nowhere"): "domain = 'nowhere'",
    f'[stack]\ndomain = {{ prefix = "shop" }}\n{HOSTING}close_pool = true\n': "would close the hosted pages",
    "": "domain: Field required",
}


@pytest.mark.parametrize("text", REFUSED)
def test_file_is_refused_with_the_reason(directory: Path, text: str) -> None:
    with pytest.raises(InvalidSettingError) as raised:
        props_of(directory, text)
    assert REFUSED[text] in str(raised.value)


def test_other_kind_of_hosting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTING", "lambda")
    with pytest.raises(InvalidSettingError, match="allowed: fargate"):
        environment("dev")


def test_account_of_the_first_deployment_stays(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    lock: dict[str, Any] = {"account": "444455556666", "region": "eu-central-1", "state": "local"}
    (directory / "locks/hosting.json").write_text(json.dumps(lock))
    (directory / "locks/auth.json").unlink()
    (directory / "environments/dev.toml").write_text(HOSTING + 'user_pool_id = "eu-central-1_AbCdEfGhI"\n')
    assert chosen().props.allowed_account_ids == ("444455556666",)
