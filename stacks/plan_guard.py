"""``make guard``: read a plan (``terraform show -json``) and fail when it would lose users, or show a secret.

``python -m stacks.plan_guard locks/STACK.json`` also refuses a second pool beside the one that was deployed.

The last look before an apply: deletion protection and ``prevent_destroy`` keep the pool, and nothing keeps what else
people depend on: their groups, the client whose tokens they hold, the provider that they sign in with.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
# What is lost with each.
HOLDS = {
    "aws_cognito_user_pool": "every user",
    "aws_cognito_user_pool_client": "every session of the client, and its id and secret",
    "aws_cognito_user_pool_domain": "the address of the hosted pages, and the passkeys made for it",
    "aws_cognito_identity_provider": "the sign-in of everybody who comes by it",
    "aws_cognito_user_group": "who is in the group",
    "aws_cognito_resource_server": "the scopes that clients hold",
    "aws_secretsmanager_secret": "the client secret that the API reads",
    "aws_ssm_parameter": "the client secret that the API reads",
    "aws_s3_bucket": "the state",
    "aws_kms_key": "what it encrypted",
}


def problems(plan: Json) -> Iterator[str]:
    """Yield what must not happen in a plan."""
    for change in plan.get("resource_changes", []):
        if change["type"] in HOLDS and {"delete", "forget"} & {*change["change"]["actions"]}:
            yield _loss(change)
    for change in plan.get("resource_drift", []):
        if change["type"] in HOLDS and "delete" in change["change"]["actions"]:
            yield (
                f"{change['address']} is not where the state says, and a new one would be made: are these the right "
                f"account and region? Lost with it is {HOLDS[change['type']]}"
            )
    secrets = {*_secrets(plan)}
    for name, change in plan.get("output_changes", {}).items():
        shown = change.get("after_sensitive") is not True
        value = change.get("after")
        if shown and (name.endswith("_secret") or (isinstance(value, str) and value in secrets)):
            yield f"the output {name} would print a secret; declare it sensitive"


def second_pools(plan: Json, lock: Path) -> Iterator[str]:
    """Yield each pool that would be made although ``lock`` says that there is one, of which the state knows nothing."""
    for change in plan.get("resource_changes", []) if lock.exists() else ():
        if change["type"] == "aws_cognito_user_pool" and change["change"]["actions"] == ["create"]:
            yield (
                f"{change['address']} would be made a second time: {lock} says that it was deployed, and the state "
                "knows nothing of it. Bring the state back, or adopt the pool; only after the pool has been destroyed "
                "may the file be deleted"
            )


def _loss(change: Json) -> str:
    actions = change["change"]["actions"]
    deed = "replaced" if "create" in actions else "forgotten" if "forget" in actions else "destroyed"
    paths = [".".join(map(str, path)) for path in change["change"].get("replace_paths", [])]
    why = f" because of {', '.join(paths)}" if paths else ""
    return f"{change['address']} would be {deed}{why}: lost with it is {HOLDS[change['type']]}"


def _secrets(plan: Json) -> Iterator[str]:
    """Yield the sensitive texts that the plan knows."""
    for change in plan.get("resource_changes", []):
        after: Json = change["change"].get("after") or {}
        # An object by attribute, or just false.
        marks: Json = change["change"].get("after_sensitive") or {}
        yield from (after[name] for name, mark in marks.items() if mark is True and isinstance(after.get(name), str))


def main() -> int:
    """Read the plan from standard input, and look for the lock that is named; return 1 for what must not be applied."""
    try:
        plan = json.load(sys.stdin)
    except ValueError as error:
        sys.stderr.write(f"This is no plan ({error}); give the output of `terraform show -json PLAN`.\n")
        return 1
    if "resource_changes" not in plan and "planned_values" not in plan:
        sys.stderr.write("This is no plan; give the output of `terraform show -json PLAN`.\n")
        return 1
    found = [*problems(plan), *(problem for name in sys.argv[1:] for problem in second_pools(plan, Path(name)))]
    for problem in found:
        sys.stdout.write(f"REFUSED  {problem}\n")
    if not found:
        sys.stdout.write("The plan loses no user and shows no secret.\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
