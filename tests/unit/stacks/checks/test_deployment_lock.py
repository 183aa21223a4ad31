"""Lock of a deployed pool: what a synthesis must not change, and what a deployment writes."""

from pathlib import Path
from typing import Any

import pytest

from stacks.auth.user_pool.attributes import Attributes, CustomAttribute
from stacks.auth.user_pool.props import UserPoolProps
from stacks.auth.user_pool.sign_in import SignIn
from stacks.checks.deployment_lock import LockBrokenError, deployed, read, require_unchanged, write
from stacks.environments import immutable_fields


@pytest.fixture(autouse=True)
def in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


LOCKED = UserPoolProps(attributes=Attributes(required=("name",), custom=(CustomAttribute(name="plan", maximum=20),)))
BREAKS: list[tuple[UserPoolProps, str]] = [
    (LOCKED.model_copy(update={"sign_in": SignIn(case_sensitive=True)}), "case_sensitive was False and is True"),
    (
        LOCKED.model_copy(update={"sign_in": SignIn(username_attributes=("email", "phone_number"))}),
        "username_attributes was",
    ),
    (
        LOCKED.model_copy(update={"sign_in": SignIn(username_attributes=(), alias_attributes=("email",))}),
        "alias_attributes was",
    ),
    (LOCKED.model_copy(update={"attributes": Attributes(required=("name",))}), "attribute plan was"),
    (
        LOCKED.model_copy(
            update={"attributes": Attributes(required=("name",), custom=(CustomAttribute(name="plan", maximum=30),))}
        ),
        "attribute plan was",
    ),
    (
        LOCKED.model_copy(
            update={"attributes": Attributes(required=("name", "locale"), custom=LOCKED.attributes.custom)}
        ),
        "attribute locale was not required and is",
    ),
]


@pytest.mark.parametrize(("props", "said"), BREAKS)
def test_change_of_immutable_field_is_refused(props: UserPoolProps, said: str) -> None:
    path = write("auth", immutable_fields(LOCKED))
    with pytest.raises(LockBrokenError) as caught:
        require_unchanged("auth", immutable_fields(props))
    assert said in str(caught.value)
    assert "restore the old value" in str(caught.value)
    assert str(path) in str(caught.value)


def test_added_attribute_and_mutable_change_are_allowed() -> None:
    write("auth", immutable_fields(LOCKED))
    grown = Attributes(required=("name",), custom=(*LOCKED.attributes.custom, CustomAttribute(name="seats")))
    changed = LOCKED.model_copy(update={"attributes": grown, "recovery": ("admin_only",)})
    require_unchanged("auth", immutable_fields(changed))
    require_unchanged("another", immutable_fields(UserPoolProps()))


def test_unreadable_lock_is_refused() -> None:
    write("auth", {}).write_text("{")
    with pytest.raises(LockBrokenError, match="cannot be read"):
        require_unchanged("auth", immutable_fields(LOCKED))


def test_changed_state_location_is_refused() -> None:
    """A forgotten STATE_BUCKET would otherwise create a second pool and overwrite the outputs of the first."""
    write("auth", immutable_fields(LOCKED, "s3://my-state"))
    with pytest.raises(
        LockBrokenError,
        match=r"its state was in s3://my-state and would be in local.*restore `product`, `state` and the STATE_",
    ):
        require_unchanged("auth", immutable_fields(LOCKED))


# As Terraform's state has it after a deployment with LOCKED, read back from Cognito.
POOL: dict[str, Any] = {
    "arn": "arn:aws-us-gov:cognito-idp:us-gov-west-1:111122223333:userpool/us-gov-west-1_AbCdEfGhI",
    "id": "us-gov-west-1_AbCdEfGhI",
    "username_attributes": ["email"],
    "alias_attributes": None,
    "username_configuration": [{"case_sensitive": False}],
    "schema": [
        {
            "name": "plan",
            "attribute_data_type": "String",
            "mutable": True,
            "required": None,
            "string_attribute_constraints": [{"min_length": "0", "max_length": "20"}],
            "number_attribute_constraints": [],
        },
        {
            "name": "name",
            "attribute_data_type": "String",
            "mutable": True,
            "required": True,
            "string_attribute_constraints": [{"min_length": "0", "max_length": "2048"}],
            "number_attribute_constraints": [],
        },
    ],
}
SEATS = {
    "name": "seats",
    "attribute_data_type": "Number",
    "mutable": False,
    "required": None,
    "string_attribute_constraints": [],
    "number_attribute_constraints": [{"min_value": "", "max_value": "500"}],
}


def test_written_lock_allows_the_deployed_props() -> None:
    write("auth", deployed(POOL, "local", adopted=False))
    require_unchanged("auth", immutable_fields(LOCKED))


def test_written_lock_records_the_pool() -> None:
    lock = deployed({**POOL, "schema": [SEATS]}, "s3://my-state", adopted=True)
    assert lock == {
        "account": "111122223333",
        "region": "us-gov-west-1",
        "user_pool_id": "us-gov-west-1_AbCdEfGhI",
        "state": "s3://my-state",
        "adopted": True,
        "username_attributes": ["email"],
        "alias_attributes": [],
        "case_sensitive": False,
        "schema": {"seats": {"type": "Number", "mutable": False, "minimum": None, "maximum": 500}},
    }
    write("auth", lock)
    assert read("auth") == lock


def test_pool_without_username_configuration_is_case_sensitive() -> None:
    assert deployed({**POOL, "username_configuration": []}, "local", adopted=True)["case_sensitive"]


def test_lock_of_an_older_version_without_limits_allows_the_same_attribute() -> None:
    custom = {"type": "String", "mutable": True, "minimum": None, "maximum": 20}
    write("auth", {"schema": {"name": {"required": True}, "plan": custom}})
    require_unchanged("auth", immutable_fields(LOCKED))


def test_schema_of_adopted_pool_is_not_compared() -> None:
    write("auth", {**immutable_fields(LOCKED), "adopted": True})
    require_unchanged("auth", immutable_fields(UserPoolProps()))
