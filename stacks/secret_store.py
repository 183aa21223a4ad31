"""The client secret kept by AWS, so that the API gets a reference and no secret travels in a file."""

from collections.abc import Iterator
from typing import Annotated, Literal

from cdktf import TerraformResourceLifecycle
from constructs import Construct
from pydantic import Field

from stacks import aws
from stacks.props import KmsKeyArn, Props


class SecretStore(Props):
    """Where the client secret is kept; the API's role may read it there (``python -m api.iam``)."""

    service: Literal["secretsmanager", "ssm"] = "secretsmanager"
    name: Annotated[str, Field(pattern=r"^/?[A-Za-z0-9/_.-]{1,480}$")]
    """``/sign-in/client-secret``; a parameter of Systems Manager begins with a slash."""
    kms_key_arn: KmsKeyArn | None = None
    """A key of one's own: the API's role needs ``kms:Decrypt`` on it. Without it AWS's own of that service."""

    def _problems(self) -> Iterator[str]:
        if self.service == "ssm" and not self.name.startswith("/"):
            yield f"name = {self.name!r}: a parameter is found by a name that begins with a slash; take /{self.name}"


class StoredSecret(Construct):
    """The secret as Terraform first wrote it; after that it is the API's to rotate (``python -m api.rotate``)."""

    def __init__(self, scope: Construct, id_: str, *, props: SecretStore, value: str, retain: bool) -> None:
        """Keep ``value`` as ``props`` say; ``arn`` is the reference.

        ``retain`` keeps Terraform from destroying it: once it was rotated, nobody else has it.
        """
        super().__init__(scope, id_)
        self._retain = retain
        self.arn = self._in_parameter(props, value) if props.service == "ssm" else self._in_secret(props, value)

    def _in_parameter(self, props: SecretStore, value: str) -> str:
        parameter = aws.SsmParameter(
            self,
            "parameter",
            name=props.name,
            type="SecureString",
            value=value,
            key_id=props.kms_key_arn,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=self._retain, ignore_changes=["value"]),
        )
        parameter.override_logical_id("client_secret")
        return parameter.arn

    def _in_secret(self, props: SecretStore, value: str) -> str:
        secret = aws.SecretsmanagerSecret(
            self,
            "secret",
            name=props.name,
            kms_key_id=props.kms_key_arn,
            description="The client secret of sign-in.",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=self._retain),
        )
        secret.override_logical_id("client_secret")
        version = aws.SecretsmanagerSecretVersion(
            self,
            "version",
            secret_id=secret.id,
            secret_string=value,
            lifecycle=TerraformResourceLifecycle(ignore_changes=["secret_string"]),
        )
        version.override_logical_id("client_secret")
        return secret.arn
