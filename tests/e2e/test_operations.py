"""Every command of docs/operations.md, in the order of the document, against the local AWS."""

import json
import re
import shutil
from typing import Any

import pytest

from local.provision import provision
from tests.e2e.deployments import aws
from tests.e2e.terraform import TerraformWorkspace
from tests.support.pools import change_client
from tests.support.servers import ROOT

DOCUMENT = (ROOT / "docs/operations.md").read_text()
STACK = "auth-prod"


def commands() -> list[str]:
    blocks = re.findall(r"^ *```sh\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


class Operator:
    """An operator that types the commands of the document, with other names."""

    def __init__(self, workshop: TerraformWorkspace, endpoint: str) -> None:
        self.workshop, self.endpoint = workshop, endpoint
        self.remaining = commands()
        self.names: dict[str, str] = {}
        self.settings: dict[str, str] = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "CDKTF_ARGS": "--auto-approve",
            "SEALING_KEYS": "a-sealing-key-of-more-than-thirty-two-characters",
        }

    def follows(self, *expected: str) -> list[str]:
        """Run the next commands of the document, which contain ``expected``, and return what they print."""
        found = [self.remaining.pop(0) for _ in expected]
        assert all(part in line for part, line in zip(expected, found, strict=True)), found
        return [self.types(line) for line in found]

    def types(self, line: str) -> str:
        """Run ``line`` in the workspace, with the names in place of the document's."""
        for name, value in self.names.items():
            line = re.sub(rf"\b{name}\b", value, line)
        line = line.replace(".venv/bin/python", f"{ROOT}/.venv/bin/python")
        line = re.sub(r"\bmake (\w+)", rf"make --no-print-directory --file={ROOT}/Makefile \1", line)
        line = re.sub(r"^aws ", f"{ROOT}/.venv-aws/bin/aws ", line)
        return self.workshop.run("sh", "-c", line, check=True, **self.settings)

    def has_deployed(self) -> None:
        """Take over the ids that the outputs file has."""
        outputs = json.loads((self.workshop.directory / "outputs.prod.json").read_text())[STACK]
        self.names["POOL_ID"] = outputs["cognito_user_pool_id"]
        self.names["CLIENT_ID"] = outputs["cognito_user_pool_client_id"]


@pytest.fixture
def operator(workshop: TerraformWorkspace, emulator_url: str) -> Operator:
    shutil.copytree(ROOT / "environments", workshop.directory / "environments")
    return Operator(workshop, emulator_url)


def test_every_command_of_operations_succeeds(operator: Operator, emulator_url: str) -> None:
    deploys(operator)
    moves_the_state(operator, emulator_url)
    rotates_the_secret(operator)
    operator.follows("destroy make deploy", "destroy make destroy")
    assert not (operator.workshop.directory / f"locks/{STACK}.json").exists()
    adopts_another_pool(operator, emulator_url)
    adds_an_administrator(operator, emulator_url)
    assert operator.remaining == []


def deploys(operator: Operator) -> None:
    operator.settings["STATE"] = "local"
    (policy,) = operator.follows("stacks.iam")
    assert "cognito-idp:CreateUserPool" in policy
    operator.follows("make diff", "make deploy")
    operator.has_deployed()
    (terrain,) = operator.follows("IAC=cdktn make diff")
    assert "Plan: 2 to add" in terrain
    operator.follows("make hcl")
    assert (operator.workshop.directory / "hcl/stacks/auth/cdk.tf").exists()


def moves_the_state(operator: Operator, endpoint: str) -> None:
    del operator.settings["STATE"]
    operator.follows("make bootstrap")
    bootstrap = json.loads((operator.workshop.directory / "outputs.bootstrap.json").read_text())["state-bucket"]
    operator.settings["STATE"] = "local"
    operator.follows("pull moved.tfstate")
    del operator.settings["STATE"]
    state = {"bucket": "my-state", "region": "eu-central-1", "kms_key_arn": bootstrap["state_kms_key_arn"]}
    rows = "".join(f'{name} = "{value}"\n' for name, value in state.items())
    file = operator.workshop.directory / "environments/prod.toml"
    # Provider 3.39.0 would replace a pool to rename it.
    values = file.read_text().replace("[variables]\n", '[variables]\nuser_pool_name = "auth"\n')
    file.write_text(f'product = "shop"\n[state]\n{rows}{values}')
    _, changes, _ = operator.follows("push moved.tfstate", "make diff", "rm moved.tfstate")
    assert "Plan: 0 to add, 2 to change, 0 to destroy" in changes
    aws("s3", endpoint).put_object(Bucket="my-state", Key="shop/auth-prod.tfstate.tflock", Body=b"{}")
    operator.follows("aws s3 rm")


def rotates_the_secret(operator: Operator) -> None:
    operator.settings |= {"CLIENT_SECRET_STORE": "secretsmanager", "CLIENT_SECRET_READ_SECONDS": "1"}
    operator.types("ENVIRONMENT=prod make deploy")
    operator.follows("api.rotate", "add-user-pool-client-secret")
    (listed,) = operator.follows("list-user-pool-client-secrets")
    operator.names["OLD_SECRET_ID"] = json.loads(listed)["ClientSecrets"][0]["ClientSecretId"]
    operator.follows("delete-user-pool-client-secret")


def adopts_another_pool(operator: Operator, endpoint: str) -> None:
    made = provision(endpoint, operator.workshop.directory / "outputs.json")
    operator.names["POOL_ID"] = str(made["cognito_user_pool_id"])
    operator.names["CLIENT_ID"] = str(made["cognito_user_pool_client_id"])
    urls = ["https://www.example.com/"]
    change_client(endpoint, operator.names["POOL_ID"], operator.names["CLIENT_ID"], CallbackURLs=urls, LogoutURLs=urls)
    del operator.settings["CLIENT_SECRET_STORE"]
    _, plan, _ = operator.follows("stacks.adopt", "make diff", "make deploy")
    assert "Plan: 2 to import, 0 to add, 0 to change, 0 to destroy" in plan


def adds_an_administrator(operator: Operator, endpoint: str) -> None:
    operator.settings |= {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    (policy,) = operator.follows("api.iam")
    assert "cognito-idp:AdminGetUser" in policy
    ids: Any = {"UserPoolId": operator.names["POOL_ID"]}
    cognito = aws("cognito-idp", endpoint)
    cognito.create_group(**ids, GroupName="administrators")
    cognito.admin_create_user(**ids, Username="ada@example.com")
    operator.follows("admin-add-user-to-group")
    assert cognito.list_users_in_group(**ids, GroupName="administrators")["Users"]
