"""Adoption of an existing pool."""

from typing import Any

from local.provision import cognito_client, provision
from tests.e2e.deployments import outputs_of
from tests.e2e.terraform import TerraformWorkspace
from tests.support.api_client import Mailbox, complete_user_journey
from tests.support.servers import running_api


def test_existing_pool_is_adopted_with_its_users(
    workshop: TerraformWorkspace, emulator_url: str, mailbox: Mailbox
) -> None:
    made = provision(emulator_url, workshop.directory / "by-hand.json")
    pool_id, client_id = (str(made[f"cognito_user_pool_{name}"]) for name in ("id", "client_id"))
    by_hand = {"STACK_OUTPUTS_FILE": str(workshop.directory / "by-hand.json"), "AWS_ENDPOINT_URL": emulator_url}
    with running_api(workshop.directory / "before.log", by_hand) as api_url:
        complete_user_journey(api_url, mailbox)
    cognito = cognito_client(emulator_url)
    users = {user.get("Username") for user in cognito.list_users(UserPoolId=pool_id)["Users"]}

    adopt: dict[str, Any] = {"ADOPT_USER_POOL_ID": pool_id, "ADOPT_CLIENT_ID": client_id}
    assert "loses no user" in workshop.make("guard", **adopt)
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **adopt)
    outputs = outputs_of(workshop)
    assert (outputs["cognito_user_pool_id"], outputs["cognito_user_pool_client_id"]) == (pool_id, client_id)
    assert outputs["cognito_user_pool_client_secret"] == made["cognito_user_pool_client_secret"]
    assert {user.get("Username") for user in cognito.list_users(UserPoolId=pool_id)["Users"]} == users
    # The pool is now a normal deployment: the lock records the adoption, and the variables are optional.
    assert "No changes" in workshop.make("diff", "--skip-provider-lock", **adopt)
    assert "No changes" in workshop.make("diff", "--skip-provider-lock")
