"""Plan guard: find what a plan (``terraform show -json``) would lose, and secrets that it would print.

This is the last check before an apply. Deletion protection and ``prevent_destroy`` protect the pool and the API's
client, but not everything else that users depend on: groups, other clients and identity providers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

Json = dict[str, Any]
# These follow from other arguments.
_COMPUTED = ("tags_all",)
# What is lost with a resource of each type.
HOLDS = {
    "aws_cognito_user_pool": "every user",
    "aws_cognito_user_pool_client": "every session of the client, and its id and secret",
    "aws_cognito_user_pool_domain": "the address of the hosted pages, and the passkeys registered for it",
    "aws_cognito_identity_provider": "the sign-in of every user of that provider",
    "aws_cognito_user_group": "the memberships of the group",
    "aws_cognito_resource_server": "the scopes that clients have",
    "aws_secretsmanager_secret": "a secret that the API reads",
    "aws_secretsmanager_secret_version": "the client secret that the API reads",
    "aws_ssm_parameter": "the client secret that the API reads",
    "aws_dynamodb_table": "sign-ups in progress, quarantines and log-outs",
    "aws_ecr_repository": "the images, and with them every way back",
    "aws_ecs_cluster": "the running service",
    "aws_ecs_service": "the running service",
    "aws_eip": "an address that a pool may admit",
    "aws_nat_gateway": "the way of the tasks to Cognito",
    "aws_subnet": "the network of what runs in it",
    "aws_wafv2_web_acl_association": "the protection by a web ACL",
    "aws_lb": "the address of the service",
    "aws_lb_target_group": "the way to the running service",
    "aws_cloudwatch_log_group": "the log and the audit events in it",
    "aws_route53_record": "the name of the service, or the renewal of its certificate",
    "aws_vpc": "the network of the service",
    "aws_s3_bucket": "the Terraform state",
    "aws_kms_key": "everything encrypted with it",
}


@dataclass(frozen=True)
class Problem:
    """A reason not to apply a plan; one with an ``address`` can be accepted, because it may be meant."""

    text: str
    address: str | None = None


def problems(plan: Json, lock: Json, lock_file: str) -> Iterator[Problem]:
    """Yield what ``plan`` would lose or print, given the lock of the stack, which is empty if it has none."""
    yield from _losses(plan)
    yield from _overwritten(plan)
    yield from _weaknesses(plan)
    yield from _printed_secrets(plan)
    yield from _wrong_place(plan, lock, lock_file)
    yield from _wrong_pool(plan, lock, lock_file)
    yield from _second_service(plan, lock, lock_file)


def _losses(plan: Json) -> Iterator[Problem]:
    for change in _changes(plan, "resource_changes"):
        if {"delete", "forget"} & {*change["change"]["actions"]}:
            yield Problem(_loss(change), change["address"])
    for change in _changes(plan, "resource_drift"):
        if "delete" in change["change"]["actions"]:
            text = (
                f"{change['address']} is in the state but was not found, and a new one would be created: are these the "
                f"right account and region? This would lose {HOLDS[change['type']]}"
            )
            yield Problem(text, change["address"])


def _changes(plan: Json, kind: str) -> list[Json]:
    return [change for change in plan.get(kind, []) if change["type"] in HOLDS]


def _loss(change: Json) -> str:
    actions = change["change"]["actions"]
    deed = "replaced" if "create" in actions else "forgotten" if "forget" in actions else "destroyed"
    paths = [".".join(map(str, path)) for path in change["change"].get("replace_paths", [])]
    why = f" because of {', '.join(paths)}" if paths else ""
    return f"{change['address']} would be {deed}{why}: this would lose {HOLDS[change['type']]}"


def _overwritten(plan: Json) -> Iterator[Problem]:
    """Yield what an adoption would change: the pool and the client were in use before this stack."""
    for change in plan.get("resource_changes", []):
        if not change["change"].get("importing") or "update" not in change["change"]["actions"]:
            continue
        before: Json = change["change"]["before"]
        after: Json = {name: value for name, value in change["change"]["after"].items() if name not in _COMPUTED}
        if found := list(_differences("", {name: before.get(name) for name in after}, after)):
            text = (
                f"{change['address']} would be changed by the adoption: {'; '.join(found)}; to keep a value, declare "
                "it in the environment's file, or add the argument to `unmanaged` there"
            )
            yield Problem(text, change["address"])


def _differences(path: str, before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 - JSON of any type
    """Yield "PATH from OLD to NEW" for each value that differs; an empty value is as good as none."""
    old, new = _members(before), _members(after)
    if old and old.keys() == new.keys():
        for name, value in new.items():
            yield from _differences(f"{path}.{name}".removeprefix("."), old[name], value)
    elif (before or None) != (after or None):
        yield f"{path} from {json.dumps(before)} to {json.dumps(after)}"


def _members(value: Any) -> Json:  # noqa: ANN401 - JSON of any type
    if isinstance(value, list):
        return {str(number): member for number, member in enumerate(cast("list[Any]", value))}
    return cast("Json", value) if isinstance(value, dict) else {}


def _weaknesses(plan: Json) -> Iterator[Problem]:
    for change in _pools(plan):
        before, after = (_shortest_password(change["change"].get(moment)) for moment in ("before", "after"))
        if before and after and after < before:
            text = f"{change['address']} would allow passwords of {after} characters, and {before} were required"
            yield Problem(text, change["address"])


def _pools(plan: Json) -> list[Json]:
    return [change for change in plan.get("resource_changes", []) if change["type"] == "aws_cognito_user_pool"]


def _shortest_password(pool: Json | None) -> int | None:
    policies: list[Json] = (pool or {}).get("password_policy") or [{}]
    return policies[0].get("minimum_length")


def _printed_secrets(plan: Json) -> Iterator[Problem]:
    secrets = {*_secrets(plan)}
    for name, change in plan.get("output_changes", {}).items():
        shown = change.get("after_sensitive") is not True
        value = change.get("after")
        if shown and (name.endswith("_secret") or (isinstance(value, str) and value in secrets)):
            yield Problem(f"the output {name} would print a secret: declare it sensitive")


def _secrets(plan: Json) -> Iterator[str]:
    """Yield the sensitive strings in the plan."""
    for change in plan.get("resource_changes", []):
        after: Json = change["change"].get("after") or {}
        # An object keyed by attribute, or just false.
        marks: Json = change["change"].get("after_sensitive") or {}
        yield from (after[name] for name, mark in marks.items() if mark is True and isinstance(after.get(name), str))


def _wrong_place(plan: Json, lock: Json, lock_file: str) -> Iterator[Problem]:
    """Compare the region; ``allowed_account_ids`` of the provider has compared the account before the plan."""
    region = plan.get("variables", {}).get("aws_region", {}).get("value")
    if region and lock.get("region", region) != region:
        yield Problem(
            f"aws_region = {region}, but {lock_file} records a pool in {lock['region']}: set aws_region to it"
        )


def _wrong_pool(plan: Json, lock: Json, lock_file: str) -> Iterator[Problem]:
    for change in _pools(plan):
        address, before = change["address"], change["change"].get("before")
        if change["change"].get("importing"):
            continue
        if lock and change["change"]["actions"] == ["create"]:
            text = (
                f"{address} would be created a second time, because {lock_file} records a deployed pool that is not in "
                "the state: restore the state, or adopt the pool; if it has been destroyed, delete the file"
            )
            yield Problem(text)
        elif before and not lock:
            text = (
                f"{address} is {before['id']}, which the state records but no {lock_file}: restore the file from the "
                "repository; if there is none, the state may be that of another product"
            )
            yield Problem(text, address)
        elif before and before["id"] != lock.get("user_pool_id", before["id"]):
            text = f"{address} is {before['id']}, but {lock_file} records {lock['user_pool_id']}: is this its state?"
            yield Problem(text)


def _second_service(plan: Json, lock: Json, lock_file: str) -> Iterator[Problem]:
    for change in plan.get("resource_changes", []):
        if lock and change["type"] == "aws_ecs_cluster" and change["change"]["actions"] == ["create"]:
            text = (
                f"{change['address']} would be created a second time, because {lock_file} records a deployed service "
                "that is not in the state: restore the state; if it has been destroyed, delete the file"
            )
            yield Problem(text, change["address"])
