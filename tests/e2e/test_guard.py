"""The plan guard before a deploy."""

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
    workshop.make("destroy", "--auto-approve", **throw_away)
