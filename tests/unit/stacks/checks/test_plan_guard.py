"""Plan guard: plans in the format of `terraform show -json`, and changes that it refuses."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.checks.plan_guard import HOLDS, problems, second_pools
from tests.support.servers import ROOT, environment


def change(kind: str, actions: list[str], **more: Any) -> dict[str, Any]:
    return {"address": f"{kind}.it", "type": kind, "change": {"actions": actions, **more}}


def plan(*changes: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"resource_changes": [*changes], "output_changes": outputs}


@pytest.mark.parametrize("kind", HOLDS)
@pytest.mark.parametrize(
    ("actions", "deed"),
    [(["delete"], "destroyed"), (["delete", "create"], "replaced"), (["create", "delete"], "replaced")],
)
def test_loss_of_guarded_resource_is_refused(kind: str, actions: list[str], deed: str) -> None:
    (problem,) = problems(plan(change(kind, actions, replace_paths=[["name"], ["schema", 0]])))
    assert problem == f"{kind}.it would be {deed} because of name, schema.0: this would lose {HOLDS[kind]}"


@pytest.mark.parametrize("actions", [["no-op"], ["create"], ["update"], ["read"]])
def test_pool_action_without_loss_passes(actions: list[str]) -> None:
    assert list(problems(plan(change("aws_cognito_user_pool", actions)))) == []


def test_delete_of_unguarded_resource_passes() -> None:
    assert list(problems(plan(change("aws_lambda_permission", ["delete"])))) == []


def test_output_that_prints_secret_is_refused() -> None:
    client = change(
        "aws_cognito_user_pool_client",
        ["update"],
        after={"client_secret": "a-secret", "name": "auth"},
        after_sensitive={"client_secret": True},
    )
    shown = {"after": "a-secret", "after_sensitive": False}
    hidden = {"after": "a-secret", "after_sensitive": True}
    other = {"after": {"minimum_length": 12}, "after_sensitive": False}
    found = list(problems(plan(client, copied=shown, right=hidden, policy=other, api_secret={"after": None})))
    assert found == [
        "the output copied would print a secret; declare it sensitive",
        "the output api_secret would print a secret; declare it sensitive",
    ]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (json.dumps(plan()), 0, "loses no user"),
        (json.dumps(plan(change("aws_cognito_user_group", ["delete"]))), 1, "REFUSED  aws_cognito_user_group.it"),
        ("", 1, "This is not a plan"),
        ("{}", 1, "This is not a plan"),
    ],
)
def test_command_exit_code_follows_plan(text: str, code: int, said: str) -> None:
    command = [sys.executable, "-m", "stacks.checks.plan_guard"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_recreation_of_missing_pool_is_refused() -> None:
    """With the wrong account or region, Terraform plans a seemingly harmless creation."""
    drift = {
        **plan(change("aws_cognito_user_pool", ["create"])),
        "resource_drift": [change("aws_cognito_user_pool", ["delete"])],
    }
    (problem,) = problems(drift)
    assert "are these the right account and region?" in problem


def test_forgotten_pool_is_refused() -> None:
    (problem,) = problems(plan(change("aws_cognito_user_pool", ["forget"])))
    assert "would be forgotten" in problem


def test_second_creation_of_locked_pool_is_refused(tmp_path: Path) -> None:
    """When the state is lost or elsewhere, Terraform plans a first deployment."""
    lock = tmp_path / "auth.json"
    first = plan(change("aws_cognito_user_pool", ["create"]), change("aws_cognito_user_group", ["create"]))
    assert list(second_pools(first, lock)) == []
    lock.write_text("{}")
    (problem,) = second_pools(first, lock)
    assert problem.startswith(f"aws_cognito_user_pool.it would be created a second time: {lock} records")
    imported = change("aws_cognito_user_pool", ["update"], importing={"id": "us-east-1_a"})
    assert list(second_pools(plan(imported), lock)) == []

    command = [sys.executable, "-m", "stacks.checks.plan_guard", str(lock)]
    text = json.dumps(first)
    done = subprocess.run(command, cwd=ROOT, env=environment(), input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f"REFUSED  {problem}\n")
