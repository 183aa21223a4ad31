"""Plan guard: find what a plan (``terraform show -json``) would lose, and secrets that it would print.

``python -m stacks.checks.plan_guard locks/STACK.json`` also refuses a second pool in addition to the deployed one.

This is the last check before an apply. Deletion protection and ``prevent_destroy`` protect the pool and the API's
client, but not everything else that users depend on: groups, other clients and identity providers.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
# What is lost with a resource of each type.
HOLDS = {
    "aws_cognito_user_pool": "every user",
    "aws_cognito_user_pool_client": "every session of the client, and its id and secret",
    "aws_cognito_user_pool_domain": "the address of the hosted pages, and the passkeys registered for it",
    "aws_cognito_identity_provider": "the sign-in of every user of that provider",
    "aws_cognito_user_group": "the memberships of the group",
    "aws_cognito_resource_server": "the scopes that clients have",
    "aws_secretsmanager_secret": "the client secret that the API reads",
    "aws_ssm_parameter": "the client secret that the API reads",
    "aws_s3_bucket": "the Terraform state",
    "aws_kms_key": "everything encrypted with it",
}


def problems(plan: Json) -> Iterator[str]:
    """Yield a message for each loss or exposed secret in a plan."""
    for change in plan.get("resource_changes", []):
        if change["type"] in HOLDS and {"delete", "forget"} & {*change["change"]["actions"]}:
            yield _loss(change)
    for change in plan.get("resource_drift", []):
        if change["type"] in HOLDS and "delete" in change["change"]["actions"]:
            yield (
                f"{change['address']} is in the state but was not found, and a new one would be created: are these the "
                f"right account and region? This would lose {HOLDS[change['type']]}"
            )
    secrets = {*_secrets(plan)}
    for name, change in plan.get("output_changes", {}).items():
        shown = change.get("after_sensitive") is not True
        value = change.get("after")
        if shown and (name.endswith("_secret") or (isinstance(value, str) and value in secrets)):
            yield f"the output {name} would print a secret; declare it sensitive"


def second_pools(plan: Json, lock: Path) -> Iterator[str]:
    """Yield a message for each pool that would be created although ``lock`` records a deployed one."""
    for change in plan.get("resource_changes", []) if lock.exists() else ():
        if change["type"] == "aws_cognito_user_pool" and change["change"]["actions"] == ["create"]:
            yield (
                f"{change['address']} would be created a second time: {lock} records a deployed pool that is not in "
                "the state. Restore the state, or adopt the pool; delete the file only after the pool has been "
                "destroyed"
            )


def _loss(change: Json) -> str:
    actions = change["change"]["actions"]
    deed = "replaced" if "create" in actions else "forgotten" if "forget" in actions else "destroyed"
    paths = [".".join(map(str, path)) for path in change["change"].get("replace_paths", [])]
    why = f" because of {', '.join(paths)}" if paths else ""
    return f"{change['address']} would be {deed}{why}: this would lose {HOLDS[change['type']]}"


def _secrets(plan: Json) -> Iterator[str]:
    """Yield the sensitive strings in the plan."""
    for change in plan.get("resource_changes", []):
        after: Json = change["change"].get("after") or {}
        # An object keyed by attribute, or just false.
        marks: Json = change["change"].get("after_sensitive") or {}
        yield from (after[name] for name, mark in marks.items() if mark is True and isinstance(after.get(name), str))


def main() -> int:
    """Check the plan on standard input, with the lock files named as arguments; return 1 if it must not be applied."""
    try:
        plan = json.load(sys.stdin)
    except ValueError as error:
        sys.stderr.write(f"This is not a plan ({error}); pass the output of `terraform show -json PLAN`.\n")
        return 1
    if "resource_changes" not in plan and "planned_values" not in plan:
        sys.stderr.write("This is not a plan; pass the output of `terraform show -json PLAN`.\n")
        return 1
    found = [*problems(plan), *(problem for name in sys.argv[1:] for problem in second_pools(plan, Path(name)))]
    for problem in found:
        sys.stdout.write(f"REFUSED  {problem}\n")
    if not found:
        sys.stdout.write("The plan loses no users and prints no secrets.\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
