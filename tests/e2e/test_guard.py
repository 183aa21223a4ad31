"""The plan guard before a deploy."""

import json
from typing import Any

from tests.e2e.terraform import TerraformWorkspace


def test_guard_refuses_plan_that_replaces_pool(workshop: TerraformWorkspace) -> None:
    throw_away: dict[str, Any] = {"USER_POOL_REMOVAL_POLICY": "destroy"}
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **throw_away)
    assert "loses no user" in workshop.make("guard", **throw_away)
    # With this provider, a new name replaces the pool.
    refused = workshop.make("guard", check=False, TF_VAR_user_pool_name="another", **throw_away)
    assert "aws_cognito_user_pool.user_pool would be replaced because of name: this would lose every user" in refused
    # A value on the command line reaches the plan that is checked.
    given = workshop.make("guard", "--var user_pool_name=another", check=False, **throw_away)
    assert "aws_cognito_user_pool.user_pool would be replaced because of name" in given
    unconfirmed = workshop.make("deploy", check=False, **throw_away)
    assert "Nothing was applied: no terminal to confirm at" in unconfirmed
    assert not (workshop.directory / ".deploy").exists()
    _refuses_another_place(workshop, throw_away)
    _refuses_a_state_without_its_lock(workshop, throw_away)
    workshop.make("destroy", "--auto-approve", **throw_away)
    assert not (workshop.directory / "locks/auth.json").exists()


def _refuses_another_place(workshop: TerraformWorkspace, throw_away: dict[str, Any]) -> None:
    elsewhere = workshop.make("guard", "--var aws_region=eu-west-1", check=False, **throw_away)
    assert "aws_region = eu-west-1, but locks/auth.json records a pool in us-east-1" in elsewhere
    lock = workshop.directory / "locks/auth.json"
    text = lock.read_text()
    account = json.loads(text)["account"]
    lock.write_text(text.replace(account, "999999999999"))
    refused = workshop.make("guard", check=False, **throw_away)
    assert f"AWS Account ID not allowed: {account}" in refused
    lock.write_text(text)


def _refuses_a_state_without_its_lock(workshop: TerraformWorkspace, throw_away: dict[str, Any]) -> None:
    lock = workshop.directory / "locks/auth.json"
    text = lock.read_text()
    lock.unlink()
    refused = workshop.make("guard", check=False, **throw_away)
    assert "which the state records but no locks/auth.json" in refused
    accepted = workshop.make("guard", GUARD_ACCEPT="aws_cognito_user_pool.user_pool", **throw_away)
    assert "ACCEPTED aws_cognito_user_pool.user_pool is us-east-1_" in accepted
    lock.write_text(text)


def test_broken_rule_of_the_policy_refuses_the_plan(workshop: TerraformWorkspace) -> None:
    """The provider of 2021 cannot have deletion protection, so the plan breaks that rule here."""
    refused = workshop.make("deploy", "--auto-approve", check=False, POLICY="")
    assert "BROKEN   aws_cognito_user_pool.user_pool: deletion protection is on" in refused
    assert "or set POLICY=report" in refused
    assert not (workshop.directory / "terraform.auth.tfstate").exists()
