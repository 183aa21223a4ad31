"""``python -m stacks.lock``: write the lock file of the stack in ``cdktf.out``, which ``cdktf deploy`` has deployed."""

import json
import sys
from pathlib import Path
from typing import Any

from stacks.checks import deployment_lock
from stacks.terraform import Terraform, exit_status, only_stack

Json = dict[str, Any]
_POOL, _CLUSTER = "aws_cognito_user_pool.user_pool", "aws_ecs_cluster.cluster"


def write(directory: Path, state: Json) -> None:
    """Write the lock file of the stack in ``directory``, and name it; without a pool or a cluster it has none.

    ``state`` is the output of ``terraform show -json``.
    """
    resources: list[Json] = state.get("values", {}).get("root_module", {}).get("resources", [])
    found = {resource["address"]: resource["values"] for resource in resources}
    synthesized: Json = json.loads((directory / "cdk.tf.json").read_text())
    (backend,) = synthesized["terraform"]["backend"].values()
    # As `stacks.state.place_of`, which needs cdktf.
    place = f"s3://{backend['bucket']}/{backend['key']}".rpartition("/")[0] if "bucket" in backend else "local"
    if pool := found.get(_POOL):
        client: Json = synthesized["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]
        adopted = "generate_secret" in client["lifecycle"].get("ignore_changes", [])
        fields = deployment_lock.deployed(pool, place, adopted=adopted)
    elif cluster := found.get(_CLUSTER):
        fields = deployment_lock.hosted(cluster, place)
    else:
        return
    path = deployment_lock.write(directory.name, fields)
    sys.stdout.write(f"{path} records what was deployed and cannot change; commit it.\n")


def main() -> None:
    """Write the lock file; raise ``DeployError`` when there is no deployed stack."""
    directory = only_stack(Path("cdktf.out"))
    write(directory, Terraform(directory).state())


if __name__ == "__main__":
    sys.exit(exit_status(main))
