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

from stacks.boto import client
from stacks.terraform import DeployError, exit_status
from stacks.workspace import outputs_file

Json = dict[str, Any]
# The first key seals; the others open what was sealed before: a session lasts as long as a refresh token.
_KEPT_KEYS = 3


def _hosting_outputs() -> Json:
    path = outputs_file("hosting")
    try:
        (outputs,) = json.loads(path.read_text()).values()
    except FileNotFoundError:
        message = f"There is no {path}: deploy the hosting stack first (HOSTING=fargate make deploy)."
        raise DeployError(message) from None
    return outputs


def _auth_outputs() -> str:
    path = outputs_file("outputs")
    try:
        return json.dumps(json.loads(path.read_text()), sort_keys=True)
    except FileNotFoundError:
        message = f"There is no {path}: deploy the auth stack of this environment first (make deploy)."
        raise DeployError(message) from None


def _keys(current: str | None, *, rotate: bool) -> str:
    """Return the sealing keys, comma-separated: the current ones, or a new one before them."""
    if current and not rotate:
        return current
    old = current.split(",") if current else []
    return ",".join([secrets.token_hex(32), *old][:_KEPT_KEYS])


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


def write(*, rotate: bool) -> None:
    """Write both secrets, and replace the tasks if one has changed; raise ``DeployError`` when that cannot be done."""
    outputs = _hosting_outputs()
    region = outputs["aws_region"]
    vault = Vault(client("secretsmanager", region), outputs)
    wanted = {
        "STACK_OUTPUTS_JSON": _auth_outputs(),
        "SEALING_KEYS": _keys(vault.value("SEALING_KEYS"), rotate=rotate),
    }
    changed = [setting for setting, value in wanted.items() if vault.put(setting, value)]
    print(f"Written: {', '.join(changed) or 'nothing, all values are current'}.")
    if changed and (service := outputs.get("service_name")):
        client("ecs", region).update_service(cluster=outputs["cluster_name"], service=service, forceNewDeployment=True)
        print(f"New tasks of {service} start with them; the old ones stop when the new ones are healthy.")


def main() -> int:
    """Run the command; return 1 with one message when it cannot be completed."""
    parser = argparse.ArgumentParser(prog="python -m stacks.hosting_secrets", allow_abbrev=False)
    parser.add_argument("--rotate", action="store_true", help="put a new sealing key before the present ones")
    given = parser.parse_args()
    return exit_status(lambda: write(rotate=given.rotate))


if __name__ == "__main__":
    sys.exit(main())
