"""Client secret stored in AWS: the API receives a reference, and the outputs file does not contain the secret."""

from collections.abc import Iterator
from typing import Annotated, Literal

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from stacks import aws
from stacks.props import KmsKeyArn, Props, matching

# Secrets Manager deletes a version without labels. After two rotations the first version would have none, and Terraform
# would create it again: the first, dead secret would replace the one in use (hashicorp/terraform-provider-aws#37302).
_KEPT = "terraform"


class SecretStore(Props):
    """Location of the client secret; the API's role must be allowed to read it (``python -m api.iam``)."""

    service: Literal["secretsmanager", "ssm"] = "secretsmanager"
    name: Annotated[
        str, matching(r"/?[A-Za-z0-9/_.-]{1,480}", "1 to 480 characters out of letters, digits and / _ . -")
    ]
    """For example ``/sign-in/client-secret``; the name of a Systems Manager parameter must begin with a slash."""
    kms_key_arn: KmsKeyArn | None = None
    """Customer managed key; the API's role needs ``kms:Decrypt`` on it. Default: the service's AWS managed key."""

    def _problems(self) -> Iterator[str]:
        if self.service == "ssm" and not self.name.startswith("/"):
            yield f"name = {self.name!r}: the name of a parameter must begin with a slash; use /{self.name}"


class StoredSecret(Construct):
    """The stored secret: Terraform writes its first value, and ``python -m api.rotate`` replaces it."""

    def __init__(self, scope: Construct, id_: str, *, props: SecretStore, value: str, retain: bool) -> None:
        """Store ``value`` as specified by ``props``; ``arn`` is the reference.

        ``retain`` prevents Terraform from destroying it: after a rotation it is the only readable copy.
        ``ignore_changes`` protects the rotated value from an update, and the label of the version from a re-creation.
        """
        super().__init__(scope, id_)
        self._retain = retain
        self.version: aws.SecretsmanagerSecretVersion | None = None
        self.arn = self._in_parameter(props, value) if props.service == "ssm" else self._in_secret(props, value)

    def _in_parameter(self, props: SecretStore, value: str) -> str:
        return aws.SsmParameter(
            self,
            "Default",
            name=props.name,
            type="SecureString",
            value=value,
            key_id=props.kms_key_arn,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=self._retain, ignore_changes=["value"]),
        ).arn

    def _in_secret(self, props: SecretStore, value: str) -> str:
        secret = aws.SecretsmanagerSecret(
            self,
            "Default",
            name=props.name,
            kms_key_id=props.kms_key_arn,
            description="The client secret of sign-in.",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=self._retain),
        )
        self.version = aws.SecretsmanagerSecretVersion(
            self,
            "version",
            secret_id=secret.id,
            secret_string=value,
            version_stages=["AWSCURRENT", _KEPT],
            lifecycle=TerraformResourceLifecycle(ignore_changes=["secret_string", "version_stages"]),
        )
        return secret.arn
