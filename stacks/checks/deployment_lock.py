"""Lock of the fields that a deployed pool cannot change: a synthesis that would change them fails.

``make deploy`` writes ``locks/STACK.json`` after a deployment; commit that file. A change of username attributes,
aliases or case sensitivity would replace the pool and lose every user. A schema can only grow; any other change fails
in the middle of an apply. The file contains no secret.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.auth.user_pool.attributes import Attributes
from stacks.auth.user_pool.props import UserPoolProps

LOCKS = Path("locks")
_FIX = "restore the old value; a change requires a new pool and a migration of the users"


class LockBrokenError(ValueError):
    """The synthesized pool conflicts with the deployed pool; the message lists the differences."""


def immutable_fields(props: UserPoolProps, state: str = "local", *, adopted: bool = False) -> dict[str, Any]:
    """Return the locked values of a deployment: pool fields, location of the state, and whether it was adopted."""
    sign_in = props.sign_in
    return {
        "adopted": adopted,
        "state": state,
        "username_attributes": sorted(sign_in.username_attributes),
        "alias_attributes": sorted(sign_in.alias_attributes),
        "case_sensitive": sign_in.case_sensitive,
        "schema": _schema(props.attributes),
    }


def require_unchanged(stack: str, fields: dict[str, Any], directory: Path = LOCKS) -> None:
    """Raise ``LockBrokenError`` if ``stack`` was deployed with different ``fields``."""
    path = directory / f"{stack}.json"
    if problems := list(_changes(_locked(path), fields)):
        message = (
            f"{stack} was deployed with different values ({path}): {'; '.join(problems)}. Delete the file only after "
            "the stack has been destroyed."
        )
        raise LockBrokenError(message)


def was_adopted(stack: str, directory: Path = LOCKS) -> bool:
    """Return whether the pool of ``stack`` was adopted; its schema and ``generate_secret`` are then ignored."""
    return bool(_locked(directory / f"{stack}.json").get("adopted"))


def lock(stack: str, fields: dict[str, Any], directory: Path = LOCKS) -> Path:
    """Write the lock file of a deployed stack, and return its path."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{stack}.json"
    path.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")
    return path


def _locked(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        message = f"{path} cannot be read ({error}); restore it from the repository."
        raise LockBrokenError(message) from None


def _schema(attributes: Attributes) -> dict[str, Any]:
    custom = {attribute.name: attribute.model_dump(exclude={"name"}) for attribute in attributes.custom}
    return {**{name: {"required": True} for name in attributes.required}, **custom}


def _changes(locked: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    if not locked:
        return
    for name in sorted(locked.keys() - {"adopted", "schema", "state"}):
        if locked[name] != wanted.get(name):
            yield f"{name} was {locked[name]!r} and is {wanted.get(name)!r}: {_FIX}"
    if locked.get("state", wanted["state"]) != wanted["state"]:
        yield (
            f"its state was in {locked['state']} and would be in {wanted['state']}, which records no pool, so a second "
            "one would be created: set STATE_BUCKET, STATE_REGION and STATE_KMS_KEY_ARN as before; if you moved the "
            "state, change the lock file too"
        )
    # Terraform ignores the schema of an adopted pool.
    if locked.get("adopted"):
        return
    for name, attribute in sorted(locked.get("schema", {}).items()):
        if wanted["schema"].get(name) != attribute:
            yield f"attribute {name} was {attribute!r} and is {wanted['schema'].get(name)!r}: {_FIX}"
    # A standard attribute can only be made required when the pool is created.
    for name, attribute in sorted(wanted["schema"].items()):
        if name not in locked.get("schema", {}) and attribute == {"required": True}:
            yield f"attribute {name} was not required and is now required: {_FIX}"
