"""``python -m stacks.hosting_secrets``: write the values of the tasks' secrets, and let the tasks read them.

``make hosting-secrets`` runs it, after each deploy of the auth stack; ``make rotate-sealing-keys`` adds ``--rotate``.
Terraform never has the values: they go from the outputs file, or from this machine's random numbers, to Secrets
Manager.
"""

import argparse
import json
import secrets
import sys
from typing import Any

from stacks.boto import client, exit_status
from stacks.workspace import deployed_outputs

Json = dict[str, Any]
# The first key seals; the others open what was sealed before: a session lasts as long as a refresh token.
_KEPT_KEYS = 3
_NEEDED = ("aws_", "cognito_")


def _auth_outputs() -> str:
    stack, outputs = deployed_outputs("outputs")
    # Not the secrets of other clients, which the API does not need.
    needed = {name: value for name, value in outputs.items() if name.startswith(_NEEDED)}
    return json.dumps({stack: needed}, sort_keys=True)


class Vault:
    """The secrets of one hosting stack in Secrets Manager."""

    def __init__(self, client: Any, outputs: Json) -> None:  # noqa: ANN401 - boto3 has no type for it
        """Use the secrets that ``outputs`` name."""
        self._client, self._outputs = client, outputs

    def value(self, setting: str) -> str | None:
        """Return the value of a secret, or None while it has none."""
        try:
            return self._client.get_secret_value(SecretId=self._arn(setting))["SecretString"]
        except self._client.exceptions.ResourceNotFoundException:
            # The secret exists, because an apply has created it: it has no value yet.
            return None

    def put(self, setting: str, wanted: str) -> bool:
        """Write the value, unless it is there; return whether it was written."""
        if self.value(setting) == wanted:
            return False
        self._client.put_secret_value(SecretId=self._arn(setting), SecretString=wanted)
        return True

    def _arn(self, setting: str) -> str:
        return self._outputs[f"{setting.lower()}_secret_arn"]


class Service:
    """The running tasks of one hosting stack, which read the secrets when they start."""

    def __init__(self, outputs: Json) -> None:
        """Use the service that ``outputs`` name; before there is one, nothing is replaced."""
        self._outputs = outputs

    def replace_tasks(self) -> None:
        """Start new tasks, and wait until they have replaced the old ones."""
        if "service_name" not in self._outputs:
            return
        cluster, service = self._outputs["cluster_name"], self._outputs["service_name"]
        ecs = client("ecs", self._outputs["aws_region"])
        ecs.update_service(cluster=cluster, service=service, forceNewDeployment=True)
        print(f"Waiting until new tasks of {service} have replaced the old ones ...", flush=True)
        ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])


def write() -> None:
    """Write the outputs, and a sealing key if there is none; raise ``DeployError`` when that cannot be done."""
    _, outputs = deployed_outputs("hosting")
    vault = Vault(client("secretsmanager", outputs["aws_region"]), outputs)
    wanted = {
        "STACK_OUTPUTS_JSON": _auth_outputs(),
        "SEALING_KEYS": vault.value("SEALING_KEYS") or _new_key(),
    }
    changed = [setting for setting, value in wanted.items() if vault.put(setting, value)]
    print(f"Written: {', '.join(changed) or 'nothing, all values are current'}.")
    if changed:
        Service(outputs).replace_tasks()


def rotate() -> None:
    """Seal with a new key. Every task must be able to open what another has sealed, so this takes two replacements."""
    _, outputs = deployed_outputs("hosting")
    vault, service = Vault(client("secretsmanager", outputs["aws_region"]), outputs), Service(outputs)
    old, new = (vault.value("SEALING_KEYS") or "").split(","), _new_key()
    vault.put("SEALING_KEYS", ",".join(filter(None, [*old, new])))
    service.replace_tasks()
    vault.put("SEALING_KEYS", ",".join(filter(None, [new, *old][:_KEPT_KEYS])))
    service.replace_tasks()
    print("The new key seals; the former ones open what they have sealed.")


def _new_key() -> str:
    return secrets.token_hex(32)


def main() -> int:
    """Run the command; return 1 with one message when it cannot be completed."""
    parser = argparse.ArgumentParser(prog="python -m stacks.hosting_secrets", allow_abbrev=False)
    parser.add_argument("--rotate", action="store_true", help="seal with a new key")
    given = parser.parse_args()
    return exit_status(rotate if given.rotate else write)


if __name__ == "__main__":
    sys.exit(main())
