"""A large stack is applied, changed, guarded and destroyed."""

import json
import re
from typing import Any

from local.provision import cognito_client
from tests.e2e.deployments import aws, make_function, outputs_of
from tests.e2e.scenarios import DROPPED
from tests.e2e.terraform import TerraformWorkspace
from tests.support.api_client import Mailbox, complete_user_journey
from tests.support.servers import running_api

SECRET = "sign-in/client-secret"
SECRETS = json.dumps({"Google": "google-secret", "Work": "work-secret"})
# As DROPPED, for the large stack.
DROPPED_FROM_LARGE_STACK = sorted(
    [
        *DROPPED,
        "aws_dynamodb_table.deletion_protection_enabled",
        "aws_cognito_managed_login_branding",
        "aws_cognito_risk_configuration",
        "aws_cognito_user_pool.password_policy.password_history_size",
        "aws_cognito_user_pool_domain.managed_login_version",
    ]
)
# Neither the provider nor the local Cognito supports log delivery, risk configuration, device tracking, SMS, custom
# senders, passkeys, MFA by e-mail and WAF (docs/infrastructure.md): only snapshots, guard rails and policy test them.


def scenario(name: str) -> dict[str, Any]:
    return {"E2E_SCENARIO": name, "TF_VAR_identity_provider_secrets": SECRETS}


def _rotate_twice(endpoint: str, outputs: dict[str, Any]) -> str:
    """Rotate the client secret as api.rotate does, but without its pauses; return the secret in use."""
    cognito: Any = cognito_client(endpoint)
    client = {
        "UserPoolId": outputs["cognito_user_pool_id"],
        "ClientId": outputs["cognito_user_pool_client_id"],
    }
    secret = ""
    for _ in range(2):
        (old,) = cognito.list_user_pool_client_secrets(**client)["ClientSecrets"]
        secret = cognito.add_user_pool_client_secret(**client)["ClientSecretDescriptor"]["ClientSecretValue"]
        aws("secretsmanager", endpoint).put_secret_value(SecretId=SECRET, SecretString=secret)
        cognito.delete_user_pool_client_secret(**client, ClientSecretId=old["ClientSecretId"])
    # As on AWS, only the first secret is ever shown.
    assert "ClientSecret" not in cognito.describe_user_pool_client(**client)["UserPoolClient"]
    return secret


def _stored_secret(endpoint: str) -> str:
    return aws("secretsmanager", endpoint).get_secret_value(SecretId=SECRET)["SecretString"]


def test_large_stack_is_applied_changed_and_destroyed(
    workshop: TerraformWorkspace, emulator_url: str, mailbox: Mailbox
) -> None:
    make_function(emulator_url)
    printed = workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **scenario("with_much"))
    assert json.loads((workshop.directory / "dropped.json").read_text()) == DROPPED_FROM_LARGE_STACK
    assert "google-secret" not in printed
    assert "No changes" in workshop.make("diff", "--skip-provider-lock", **scenario("with_much"))

    outputs = outputs_of(workshop)
    assert "cognito_user_pool_client_secret" not in outputs
    assert outputs["client_billing_secret"]
    settings = {
        "STACK_OUTPUTS_FILE": str(workshop.directory / "outputs.json"),
        "AWS_ENDPOINT_URL": emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SEALING_KEYS": "a-sealing-key-of-more-than-thirty-two-characters",
    }
    with running_api(workshop.directory / "api.log", settings) as api_url:
        complete_user_journey(api_url, mailbox)

    rotated = _rotate_twice(emulator_url, outputs)
    assert "No changes" in workshop.make("diff", **scenario("with_much"))
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **scenario("changed"))
    assert _stored_secret(emulator_url) == rotated
    assert "No changes" in workshop.make("diff", "--skip-provider-lock", **scenario("changed"))
    changed = outputs_of(workshop)
    assert {name for name in outputs if changed[name] != outputs[name]} == {"cognito_password_policy"}
    groups = cognito_client(emulator_url).list_groups(UserPoolId=outputs["cognito_user_pool_id"])["Groups"]
    # Each identity provider adds its own group.
    assert {group.get("GroupName") for group in groups} >= {"administrators", "support"}

    assert "loses no user" in workshop.make("guard", **scenario("changed"))
    refused = workshop.make("guard", check=False, **scenario("without_group"))
    assert "groups_administrators" in refused
    assert "would be destroyed: this would lose the memberships of the group" in refused
    addresses = re.findall(r"GUARD_ACCEPT=(\S+)\.\n", refused)
    assert len(addresses) == 2
    accepted = workshop.make("guard", GUARD_ACCEPT=",".join(addresses), **scenario("without_group"))
    assert f"ACCEPTED {addresses[0]} would be destroyed" in accepted
    assert not (workshop.directory / ".deploy").exists()

    lock = json.loads((workshop.directory / "locks/auth.json").read_text())
    assert lock["username_attributes"] == ["email"]
    assert lock["user_pool_id"] == outputs["cognito_user_pool_id"]
    # What Cognito has, in the form of the props: the plans after the first deploy were compared with it.
    assert lock["schema"] == {
        "plan": {"type": "String", "mutable": True, "minimum": 0, "maximum": 20},
        "seats": {"type": "Number", "mutable": True, "minimum": None, "maximum": 500},
    }
    workshop.make("destroy", "--auto-approve", **scenario("changed"))
    pools = cognito_client(emulator_url).get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    assert outputs["cognito_user_pool_id"] not in {pool.get("Id") for page in pools for pool in page["UserPools"]}
