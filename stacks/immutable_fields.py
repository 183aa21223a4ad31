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


def immutable_fields(props: UserPoolProps) -> dict[str, Any]:
    """Return what is locked of a pool."""
    sign_in = props.sign_in
    return {
        "username_attributes": sorted(sign_in.username_attributes),
        "alias_attributes": sorted(sign_in.alias_attributes),
        "case_sensitive": sign_in.case_sensitive,
        "schema": _schema(props.attributes),
    }


def require_unchanged(stack: str, props: UserPoolProps, directory: Path = LOCKS) -> None:
    """Raise ``LockBrokenError`` when ``stack`` was deployed, and its pool with other fields."""
    path = directory / f"{stack}.json"
    if not path.exists():
        return
    try:
        locked: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        message = f"{path} cannot be read ({error}); restore it from the repository."
        raise LockBrokenError(message) from None
    if problems := list(_changes(locked, immutable_fields(props))):
        message = f"The pool of {stack} was deployed otherwise ({path}): {'; '.join(problems)}."
        raise LockBrokenError(message)


def lock(stack: str, props: UserPoolProps, directory: Path = LOCKS) -> Path:
    """Write the lock of a stack that has been deployed, and return its path."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{stack}.json"
    path.write_text(json.dumps(immutable_fields(props), indent=2, sort_keys=True) + "\n")
    return path


def _schema(attributes: Attributes) -> dict[str, Any]:
    custom = {attribute.name: attribute.model_dump(exclude={"name"}) for attribute in attributes.custom}
    return {**{name: {"required": True} for name in attributes.required}, **custom}


def _changes(locked: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for name in sorted(locked.keys() - {"schema"}):
        if locked[name] != wanted.get(name):
            yield f"{name} was {locked[name]!r} and is {wanted.get(name)!r}: {_FIX}"
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
    sys.stdout.write(
        f"{lock(environment.stack, environment.props.user_pool)} holds what cannot be changed; commit it.\n"
    )


if __name__ == "__main__":
    main()
