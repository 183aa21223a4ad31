"""Plans as `terraform show -json` writes them, and what must not be in one."""

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
def test_what_people_depend_on_is_not_lost(kind: str, actions: list[str], deed: str) -> None:
    (problem,) = problems(plan(change(kind, actions, replace_paths=[["name"], ["schema", 0]])))
    assert problem == f"{kind}.it would be {deed} because of name, schema.0: lost with it is {HOLDS[kind]}"


@pytest.mark.parametrize("actions", [["no-op"], ["create"], ["update"], ["read"]])
def test_what_loses_nobody_passes(actions: list[str]) -> None:
    assert list(problems(plan(change("aws_cognito_user_pool", actions)))) == []


def test_what_nobody_depends_on_may_go() -> None:
    assert list(problems(plan(change("aws_lambda_permission", ["delete"])))) == []


def test_no_secret_is_shown() -> None:
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
        ("", 1, "This is no plan"),
        ("{}", 1, "This is no plan"),
    ],
)
def test_the_command_reads_a_plan(text: str, code: int, said: str) -> None:
    command = [sys.executable, "-m", "stacks.checks.plan_guard"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_a_pool_that_has_vanished_is_not_made_anew() -> None:
    """The wrong account, or the wrong region: to Terraform the plan is a harmless creation."""
    drift = {
        **plan(change("aws_cognito_user_pool", ["create"])),
        "resource_drift": [change("aws_cognito_user_pool", ["delete"])],
    }
    (problem,) = problems(drift)
    assert "are these the right account and region?" in problem


def test_a_pool_is_not_forgotten() -> None:
    (problem,) = problems(plan(change("aws_cognito_user_pool", ["forget"])))
    assert "would be forgotten" in problem


def test_a_pool_that_was_deployed_is_not_made_a_second_time(tmp_path: Path) -> None:
    """The state is lost, or lies elsewhere: to Terraform this is a first deployment."""
    lock = tmp_path / "auth.json"
    first = plan(change("aws_cognito_user_pool", ["create"]), change("aws_cognito_user_group", ["create"]))
    assert list(second_pools(first, lock)) == []
    lock.write_text("{}")
    (problem,) = second_pools(first, lock)
    assert problem.startswith(f"aws_cognito_user_pool.it would be made a second time: {lock} says")
    imported = change("aws_cognito_user_pool", ["update"], importing={"id": "us-east-1_a"})
    assert list(second_pools(plan(imported), lock)) == []

    command = [sys.executable, "-m", "stacks.checks.plan_guard", str(lock)]
    text = json.dumps(first)
    done = subprocess.run(command, cwd=ROOT, env=environment(), input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f"REFUSED  {problem}\n")
