"""``python -m stacks.state_file pull|push FILE``: copy Terraform's state to a file, or from a file to where it belongs.

Together they move a state: ``pull`` with the old settings, ``push`` with the new ones. Terraform refuses to write over
the state of another pool. The file contains the client secret in clear text; delete it afterwards.
"""

import argparse
import sys
from pathlib import Path

from stacks import lock
from stacks.terraform import DeployError, Terraform, exit_status
from stacks.workspace import alone, synthesized


def pull(file: Path) -> None:
    """Write the state of the selected environment to ``file``, which must not exist; its mode is 0600."""
    if file.exists():
        message = f"{file} exists, and would be overwritten: name another file."
        raise DeployError(message)
    with alone(), synthesized() as directory:
        text = _ready(directory).read("state", "pull")
        if not text.strip():
            message = "There is no state: nothing was deployed with these settings."
            raise DeployError(message)
        file.write_text(text)
    sys.stdout.write(f"Wrote {file}. It contains the client secret: delete it when it is not needed any more.\n")


def push(file: Path) -> None:
    """Write ``file`` to the state of the selected environment, and the place of the state to the lock file."""
    source = file.absolute()
    with alone(), synthesized(MOVE_STATE="1") as directory:
        terraform = _ready(directory)
        terraform.show("state", "push", str(source))
        lock.write(directory, terraform.state())
    sys.stdout.write(f"The state is moved. Check that `make diff` shows no changes, then delete {file}.\n")


def _ready(directory: Path) -> Terraform:
    terraform = Terraform(directory)
    terraform.init()
    return terraform


def main() -> int:
    """Run the command; return 1 with one message when it cannot be completed."""
    parser = argparse.ArgumentParser(prog="python -m stacks.state_file", allow_abbrev=False)
    parser.add_argument("command", choices=["pull", "push"])
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    return exit_status(lambda: (pull if given.command == "pull" else push)(given.file))


if __name__ == "__main__":
    sys.exit(main())
