"""The deployer's policy."""

from typing import Any

import pytest
from botocore.loaders import Loader

from stacks.iam import ACTIONS, policy
from tests.support.hosting import SCENARIOS as HOSTING
from tests.support.stacks import EVERYTHING, SCENARIOS, synthesize, synthesize_hosting, synthesize_state_bucket

Json = dict[str, Any]
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0f0f"
LOCAL: Json = {"terraform": {"backend": {"local": {}}}}


def statements(stack: Json) -> dict[str, Json]:
    return {row["Sid"]: row for row in policy(stack)["Statement"]}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_policy_covers_every_resource(scenario: str) -> None:
    found = statements(synthesize(SCENARIOS[scenario]) | LOCAL)
    assert found.keys() == {"Deploy", "DestroyUsersAndSecrets"}
    assert "cognito-idp:UpdateUserPool" in found["Deploy"]["Action"]
    assert "cognito-idp:DeleteUserPool" in found["DestroyUsersAndSecrets"]["Action"]
    assert not any("*" in action for row in found.values() for action in row["Action"])


def test_policy_of_the_default_stack_is_of_cognito_alone() -> None:
    actions = [action for row in policy(synthesize() | LOCAL)["Statement"] for action in row["Action"]]
    assert {action.partition(":")[0] for action in actions} == {"cognito-idp", "sts"}


def test_own_kms_key_and_state_bucket_are_permitted() -> None:
    backend = {"bucket": "my-state", "key": "shop/auth.tfstate", "kms_key_id": KEY}
    found = statements(synthesize(EVERYTHING) | {"terraform": {"backend": {"s3": backend}}})
    assert "kms:GenerateDataKey" in found["Deploy"]["Action"]
    assert found["State"]["Resource"] == [
        "arn:aws:s3:::my-state/shop/auth.tfstate",
        "arn:aws:s3:::my-state/shop/auth.tfstate.tflock",
    ]
    assert found["StateKey"]["Resource"] == [KEY]


def test_policy_of_the_state_bucket() -> None:
    found = statements(synthesize_state_bucket() | LOCAL)
    assert "kms:CreateKey" in found["Deploy"]["Action"]
    assert found["DestroyUsersAndSecrets"]["Action"] == ["kms:ScheduleKeyDeletion", "s3:DeleteBucket"]


# botocore has another name for load balancers.
MODELS = {"elasticloadbalancing": "elbv2"}


@pytest.mark.parametrize("scenario", HOSTING)
def test_policy_covers_every_resource_of_the_hosting_stack(scenario: str) -> None:
    found = statements(synthesize_hosting(HOSTING[scenario]) | LOCAL)
    assert "ecs:RegisterTaskDefinition" in found["Deploy"]["Action"] or scenario == "hosting_without_image"
    assert "elasticloadbalancing:DeleteLoadBalancer" in found["DestroyUsersAndSecrets"]["Action"]
    assert not any("*" in action for row in found.values() for action in row["Action"])


# The names of S3's actions are not those of its operations.
@pytest.mark.parametrize("kind", [kind for kind, (service, _) in ACTIONS.items() if service != "s3"])
def test_actions_are_operations_of_the_service(kind: str) -> None:
    service, names = ACTIONS[kind]
    operations = Loader().load_service_model(MODELS.get(service, service), "service-2")["operations"]
    # `iam:PassRole` is a permission without an operation.
    assert {*names} - {"PassRole"} <= operations.keys()
