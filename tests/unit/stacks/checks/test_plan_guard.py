"""Plan guard: plans in the format of `terraform show -json`, and changes that it refuses."""

from typing import Any

import pytest

from stacks.checks.plan_guard import HOLDS, Problem, problems

LOCK = "locks/auth.json"
LOCKED = {"region": "us-east-1", "account": "111122223333", "user_pool_id": "us-east-1_a"}
Json = dict[str, Any]


def change(kind: str, actions: list[str], **more: Any) -> Json:
    return {"address": f"{kind}.it", "type": kind, "change": {"actions": actions, **more}}


def plan(*changes: Json, **outputs: Any) -> Json:
    return {"resource_changes": [*changes], "output_changes": outputs}


def found(plan: Json, lock: Json | None = None) -> list[Problem]:
    return list(problems(plan, LOCKED if lock is None else lock, LOCK))


def texts(plan: Json, lock: Json | None = None) -> list[str]:
    return [problem.text for problem in found(plan, lock)]


class TestLosses:
    @pytest.mark.parametrize("kind", HOLDS)
    @pytest.mark.parametrize(
        ("actions", "deed"),
        [(["delete"], "destroyed"), (["delete", "create"], "replaced"), (["create", "delete"], "replaced")],
    )
    def test_loss_of_guarded_resource_is_refused(self, kind: str, actions: list[str], deed: str) -> None:
        (problem,) = found(plan(change(kind, actions, replace_paths=[["name"], ["schema", 0]])))
        assert problem.text == f"{kind}.it would be {deed} because of name, schema.0: this would lose {HOLDS[kind]}"
        assert problem.address == f"{kind}.it"

    @pytest.mark.parametrize("actions", [["no-op"], ["update"], ["read"]])
    def test_pool_action_without_loss_passes(self, actions: list[str]) -> None:
        assert found(plan(change("aws_cognito_user_pool", actions))) == []

    def test_delete_of_unguarded_resource_passes(self) -> None:
        assert found(plan(change("aws_lambda_permission", ["delete"]))) == []

    def test_forgotten_pool_is_refused(self) -> None:
        (text,) = texts(plan(change("aws_cognito_user_pool", ["forget"])))
        assert "would be forgotten" in text

    def test_recreation_of_missing_group_is_refused(self) -> None:
        """With the wrong account or region, Terraform plans a seemingly harmless creation."""
        drift = {
            **plan(change("aws_cognito_user_group", ["create"])),
            "resource_drift": [change("aws_cognito_user_group", ["delete"])],
        }
        (problem,) = found(drift)
        assert "are these the right account and region?" in problem.text
        assert problem.address == "aws_cognito_user_group.it"


class TestWeakerPasswords:
    @staticmethod
    def changed(before: int, after: int) -> list[Problem]:
        policies = {
            moment: {"id": "us-east-1_a", "password_policy": [{"minimum_length": length}]}
            for moment, length in (("before", before), ("after", after))
        }
        return found(plan(change("aws_cognito_user_pool", ["update"], **policies)))

    def test_lowered_length_is_refused(self) -> None:
        (problem,) = self.changed(12, 8)
        assert problem.text == "aws_cognito_user_pool.it would allow passwords of 8 characters, and 12 were required"
        assert problem.address == "aws_cognito_user_pool.it"

    @pytest.mark.parametrize(("before", "after"), [(8, 8), (8, 12)])
    def test_other_length_passes(self, before: int, after: int) -> None:
        assert self.changed(before, after) == []


class TestSecrets:
    def test_output_that_prints_secret_is_refused(self) -> None:
        client = change(
            "aws_cognito_user_pool_client",
            ["update"],
            after={"client_secret": "a-secret", "name": "auth"},
            after_sensitive={"client_secret": True},
        )
        shown = {"after": "a-secret", "after_sensitive": False}
        hidden = {"after": "a-secret", "after_sensitive": True}
        other = {"after": {"minimum_length": 12}, "after_sensitive": False}
        planned = plan(client, copied=shown, right=hidden, policy=other, api_secret={"after": None})
        assert found(planned) == [
            Problem("the output copied would print a secret: declare it sensitive"),
            Problem("the output api_secret would print a secret: declare it sensitive"),
        ]


class TestLockedPool:
    def test_second_creation_is_refused(self) -> None:
        """When the state is lost or elsewhere, Terraform plans a first deployment."""
        first = plan(change("aws_cognito_user_pool", ["create"]), change("aws_cognito_user_group", ["create"]))
        assert found(first, {}) == []
        (problem,) = found(first)
        assert problem.text.startswith(f"aws_cognito_user_pool.it would be created a second time, because {LOCK} rec")
        assert problem.address is None

    @pytest.mark.parametrize("lock", [{}, LOCKED])
    def test_import_passes(self, lock: Json) -> None:
        pool: Json = {"id": "us-east-1_b", "name": "people", "tags": {}}
        # An empty value is as good as none.
        imported: Json = {"importing": {"id": "us-east-1_b"}, "before": pool, "after": {**pool, "tags": None}}
        assert found(plan(change("aws_cognito_user_pool", ["update"], **imported)), lock) == []

    def test_change_by_adoption_is_listed_until_accepted(self) -> None:
        before: Json = {
            "name": "people",
            "password_policy": [{"minimum_length": 6, "require_symbols": False}],
            "arn": "a",
        }
        after: Json = {
            "name": "people",
            "password_policy": [{"minimum_length": 8, "require_symbols": False}],
            "tags_all": {},
        }
        imported: Json = {"importing": {"id": "us-east-1_b"}, "before": before, "after": after}
        (problem,) = found(plan(change("aws_cognito_user_pool", ["update"], **imported)), {})
        assert "would be changed by the adoption: password_policy.0.minimum_length from 6 to 8;" in problem.text
        assert problem.address == "aws_cognito_user_pool.it"

    def test_another_region_is_refused(self) -> None:
        elsewhere = {**plan(), "variables": {"aws_region": {"value": "eu-west-1"}}}
        (problem,) = found(elsewhere)
        assert problem == Problem(
            "aws_region = eu-west-1, but locks/auth.json records a pool in us-east-1: set aws_region to it"
        )
        # Locks of older versions do not name the region.
        assert found(elsewhere, {"state": "local"}) == []
        assert found({**plan(), "variables": {"aws_region": {"value": "us-east-1"}}}) == []

    def test_pool_without_lock_is_refused_until_accepted(self) -> None:
        """It may be the pool of another product, whose state is in the same bucket under the same name."""
        known = plan(change("aws_cognito_user_pool", ["no-op"], before={"id": "us-east-1_b"}))
        (problem,) = found(known, {})
        assert problem.text.startswith("aws_cognito_user_pool.it is us-east-1_b, which the state records but no locks/")
        assert problem.address == "aws_cognito_user_pool.it"

    def test_pool_of_another_lock_is_refused(self) -> None:
        other = plan(change("aws_cognito_user_pool", ["no-op"], before={"id": "us-east-1_b"}))
        (problem,) = found(other)
        assert problem.text == (
            "aws_cognito_user_pool.it is us-east-1_b, but locks/auth.json records us-east-1_a: is this its state?"
        )
        assert problem.address is None
        assert found(other, {"state": "local"}) == []
