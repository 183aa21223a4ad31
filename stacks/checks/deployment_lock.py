"""Lock of a deployed pool: its identity, and the fields that it cannot change.

``make deploy`` writes ``locks/STACK.json`` from Terraform's state after a deployment; commit that file. A change of
username attributes, aliases or case sensitivity would replace the pool and lose every user. A schema can only grow; any
other change fails in the middle of an apply. A synthesis that would change them fails, and so does a plan in another
account or region. The file contains no secret.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
LOCKS = Path("locks")
_FIX = "restore the old value; a change requires a new pool and a migration of the users"
_FIXED = ("username_attributes", "alias_attributes", "case_sensitive")
# Cognito's limits of a String that has none of its own.
_SHORTEST, _LONGEST = 0, 2048


class LockBrokenError(ValueError):
    """The synthesized pool conflicts with the deployed pool; the message lists the differences."""


def path_of(stack: str) -> Path:
    """Return the path of the lock file of ``stack``, in the current directory."""
    return LOCKS / f"{stack}.json"


def read(stack: str) -> Json:
    """Return the lock of ``stack``, empty before its first deployment; raise ``LockBrokenError`` if unreadable."""
    path = path_of(stack)
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        message = f"{path} cannot be read ({error}); restore it from the repository."
        raise LockBrokenError(message) from None


def write(stack: str, fields: Json) -> Path:
    """Write the lock file of a deployed stack, and return its path."""
    LOCKS.mkdir(exist_ok=True)
    path = path_of(stack)
    path.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")
    return path


def deployed(pool: Json, state: str, *, adopted: bool) -> Json:
    """Return the lock of a deployed ``aws_cognito_user_pool``, given its values in Terraform's state."""
    # arn:PARTITION:cognito-idp:REGION:ACCOUNT:userpool/ID
    _, _, _, region, account, _ = pool["arn"].split(":")
    schema: list[Json] = pool.get("schema") or []
    sign_in: list[Json] = pool.get("username_configuration") or [{"case_sensitive": True}]
    return {
        "account": account,
        "region": region,
        "user_pool_id": pool["id"],
        "state": state,
        "adopted": adopted,
        "username_attributes": sorted(pool.get("username_attributes") or []),
        "alias_attributes": sorted(pool.get("alias_attributes") or []),
        "case_sensitive": sign_in[0]["case_sensitive"],
        "schema": {row["name"]: _attribute(row) for row in schema},
    }


def hosted(cluster: Json, state: str) -> Json:
    """Return the lock of a deployed hosting stack, given its ``aws_ecs_cluster`` in Terraform's state."""
    # arn:PARTITION:ecs:REGION:ACCOUNT:cluster/NAME
    _, _, _, region, account, _ = cluster["arn"].split(":")
    return {"account": account, "region": region, "state": state}


def _attribute(row: Json) -> Json:
    """Return an attribute of the state in the form of the props."""
    if row.get("required"):
        return {"required": True}
    texts: list[Json] = row.get("string_attribute_constraints") or [{}]
    numbers: list[Json] = row.get("number_attribute_constraints") or [{}]
    limits = [texts[0].get("min_length") or numbers[0].get("min_value")]
    limits += [texts[0].get("max_length") or numbers[0].get("max_value")]
    minimum, maximum = (int(limit) if limit else None for limit in limits)
    return explicit(
        {"type": row["attribute_data_type"], "mutable": row["mutable"], "minimum": minimum, "maximum": maximum}
    )


def explicit(attribute: Json) -> Json:
    """Return ``attribute`` with the limits that Cognito gives a String."""
    if attribute.get("type") != "String":
        return attribute
    longest = attribute["maximum"]
    return {
        **attribute,
        "minimum": attribute["minimum"] or _SHORTEST,
        "maximum": _LONGEST if longest is None else longest,
    }


def require_unchanged(stack: str, fields: Json) -> None:
    """Raise ``LockBrokenError`` if ``stack`` was deployed with different ``fields``."""
    if problems := list(_changes(read(stack), fields)):
        message = (
            f"{stack} was deployed with different values ({path_of(stack)}): {'; '.join(problems)}. Delete the file "
            "only after the stack has been destroyed."
        )
        raise LockBrokenError(message)


def _changes(locked: Json, wanted: Json) -> Iterator[str]:
    for name in (name for name in _FIXED if name in locked):
        if locked[name] != wanted[name]:
            yield f"{name} was {locked[name]!r} and is {wanted[name]!r}: {_FIX}"
    if locked.get("state", wanted["state"]) != wanted["state"]:
        yield (
            f"its state was in {locked['state']} and would be in {wanted['state']}, which records no pool, so a second "
            "one would be created: restore `product`, `state` and the STATE_ variables; to move the state, see "
            "docs/operations.md (State)"
        )
    schema = wanted.get("schema", {})
    # Terraform ignores the schema of an adopted pool whose attributes are not declared.
    if locked and (schema or not locked.get("adopted")):
        yield from _schema_changes(locked.get("schema", {}), schema)


def _schema_changes(locked: Json, wanted: Json) -> Iterator[str]:
    for name, attribute in sorted(locked.items()):
        if wanted.get(name) != explicit(attribute):
            yield f"attribute {name} was {attribute!r} and is {wanted.get(name)!r}: {_FIX}"
    # A standard attribute can only be made required when the pool is created.
    for name, attribute in sorted(wanted.items()):
        if name not in locked and attribute == {"required": True}:
            yield f"attribute {name} was not required and is now required: {_FIX}"
