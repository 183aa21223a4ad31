"""Secrets that the tasks get as environment variables; ``make hosting-secrets`` writes their values.

Terraform creates the secrets without values, so that neither its state nor a plan contains one.
"""

from constructs import Construct

from stacks import aws
from stacks.removal_policy import kept

# Setting of the API, and the end of the name of its secret; `stacks.hosting_secrets` reads the outputs.
SECRETS = {"STACK_OUTPUTS_JSON": "outputs", "SEALING_KEYS": "sealing-keys"}
_RECOVERY_DAYS = 30


class TaskSecrets(Construct):
    """A secret in Secrets Manager for the stack's outputs, and one for the sealing keys."""

    def __init__(self, scope: Construct, id_: str, *, name: str, retain: bool) -> None:
        """Create the secrets ``NAME/outputs`` and ``NAME/sealing-keys``; with ``retain`` they can be recovered."""
        super().__init__(scope, id_)
        self.arns = {
            setting: aws.SecretsmanagerSecret(
                self,
                end.replace("-", "_"),
                name=f"{name}/{end}",
                description=f"{setting} of the API.",
                recovery_window_in_days=_RECOVERY_DAYS if retain else 0,
                lifecycle=kept(retain),
            ).arn
            for setting, end in SECRETS.items()
        }
