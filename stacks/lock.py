"""``python -m stacks.lock``: write the lock file of the environment that was just deployed."""

import sys

from stacks.checks.deployment_lock import lock
from stacks.environments import Environment, chosen


def write(environment: Environment) -> None:
    """Write the lock file of ``environment`` and name it."""
    path = lock(environment.stack, environment.immutable_fields)
    sys.stdout.write(f"{path} records the fields that cannot change; commit it.\n")


if __name__ == "__main__":
    write(chosen())
