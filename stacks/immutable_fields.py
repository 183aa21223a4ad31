"""The lock of what a deployed pool cannot change: a synthesis that would change it fails, and not the pool.

``make deploy`` writes ``locks/STACK.json`` after a deployment; commit it. Username attributes, aliases and case
sensitivity would replace the pool, and every user would be lost; a schema only ever grows, and anything else fails in
the middle of an apply. The file holds no secret.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.attributes import Attributes
from stacks.user_pool_props import UserPoolProps

LOCKS = Path("locks")
_FIX = "put it back as it was; what cannot be is a new pool, and a migration of its users"


class LockBrokenError(ValueError):
    """The pool of the synthesis is not the pool that was deployed; the text says what differs."""


def immutable_fields(props: UserPoolProps, state: str = "local", *, adopted: bool = False) -> dict[str, Any]:
    """Return what is locked of a deployment: the pool's fields, where its state is, and whether it was adopted."""
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
    """Raise ``LockBrokenError`` when ``stack`` was deployed with other ``fields``."""
    path = directory / f"{stack}.json"
    if problems := list(_changes(_locked(path), fields)):
        message = (
            f"{stack} was deployed otherwise ({path}): {'; '.join(problems)}. Only after it has been destroyed may the "
            "file be deleted."
        )
        raise LockBrokenError(message)


def was_adopted(stack: str, directory: Path = LOCKS) -> bool:
    """Tell whether the pool of ``stack`` was made by other hands: then its schema and secret stay theirs for good."""
    return bool(_locked(directory / f"{stack}.json").get("adopted"))


def lock(stack: str, fields: dict[str, Any], directory: Path = LOCKS) -> Path:
    """Write the lock of a stack that has been deployed, and return its path."""
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
            f"its state was in {locked['state']} and would be in {wanted['state']}, where it knows no pool: another "
            "would be made: set STATE_BUCKET, STATE_REGION and STATE_KMS_KEY_ARN as they were; who moves the "
            "state changes the file too"
        )
    # Of an adopted pool the schema is left as it is.
    if locked.get("adopted"):
        return
    for name, attribute in sorted(locked.get("schema", {}).items()):
        if wanted["schema"].get(name) != attribute:
            yield f"attribute {name} was {attribute!r} and is {wanted['schema'].get(name)!r}: {_FIX}"
    # A standard attribute can be required from the first day only.
    for name, attribute in sorted(wanted["schema"].items()):
        if name not in locked.get("schema", {}) and attribute == {"required": True}:
            yield f"attribute {name} was not required and is: {_FIX}"


def main() -> None:
    """``python -m stacks.immutable_fields``: lock the environment that has just been deployed."""
    from stacks.environments import chosen  # noqa: PLC0415 - it imports this module

    environment = chosen()
    path = lock(environment.stack, environment.immutable_fields)
    sys.stdout.write(f"{path} holds what cannot be changed; commit it.\n")


if __name__ == "__main__":
    main()
