"""Location of Terraform's state, which records the pool and contains the client secret in clear text."""

import json
from typing import Annotated, Literal

from cdktf import LocalBackend, S3Backend, TerraformOutput, TerraformResourceLifecycle, TerraformStack
from constructs import Construct

from stacks import aws
from stacks.props import KmsKeyArn, Props, Region, matching

_DAYS_OF_OLD_STATE = 90


class LocalState(Props):
    """``terraform.STACK.tfstate`` in the current directory: for trials, or with ``STATE=local``."""

    kind: Literal["local"] = "local"


class S3Place(Props):
    """Name and region of a bucket."""

    bucket: Annotated[
        str,
        matching(
            r"(?!(\d+\.){3}\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
            "3 to 63 characters out of a-z, 0-9, hyphens and single dots, and no IP address",
        ),
    ]
    region: Region


class S3State(S3Place):
    """An object in a bucket created by ``StateBucket``, or in a similar one: encrypted, versioned, locked."""

    kind: Literal["s3"] = "s3"
    kms_key_arn: KmsKeyArn
    """Without it, Terraform requests AES256 instead of the bucket's own encryption."""


State = LocalState | S3State


def place_of(state: State, product: str | None = None) -> str:
    """Return the place of the state as the lock records it: ``local``, ``s3://BUCKET`` or ``s3://BUCKET/PRODUCT``."""
    if isinstance(state, LocalState):
        return "local"
    return "/".join(filter(None, [f"s3://{state.bucket}", product]))


def keep_state(stack: TerraformStack, state: State, product: str | None = None) -> None:
    """Set the backend of ``stack``. The lock file prevents concurrent deploys (Terraform 1.10).

    The key of an object begins with the name of the ``product``, so that products can share a bucket.
    """
    if isinstance(state, LocalState):
        LocalBackend(stack)
        return
    backend = S3Backend(
        stack,
        bucket=state.bucket,
        key="/".join(filter(None, [product, f"{stack.node.id}.tfstate"])),
        region=state.region,
        encrypt=True,
        kms_key_id=state.kms_key_arn,
    )
    # cdktf has no argument for this setting.
    backend.add_override("use_lockfile", True)


class StateBucket(TerraformStack):
    """Bucket and KMS key for the state, deployed once per account before everything else; its own state is local."""

    def __init__(self, scope: Construct, id_: str, place: S3Place) -> None:
        """Create the bucket at ``place``, without public access and protected against loss."""
        super().__init__(scope, id_)
        bucket = place.bucket
        aws.AwsProvider(self, "aws", region=place.region)
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        key = aws.KmsKey(
            self,
            "key",
            description="Terraform's state of sign-in.",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            lifecycle=kept,
        )
        aws.KmsAlias(self, "alias", name=f"alias/{bucket}", target_key_id=key.key_id)
        self.bucket = aws.S3Bucket(self, "bucket", bucket=bucket, force_destroy=False, lifecycle=kept)
        self._close(self.bucket)
        self._keep_versions(self.bucket)
        aws.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.bucket.id,
            rule=[
                aws.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default={"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
                    bucket_key_enabled=True,
                )
            ],
        )
        TerraformOutput(self, "state_bucket", value=self.bucket.id)
        TerraformOutput(self, "state_kms_key_arn", value=key.arn)

    def _close(self, bucket: aws.S3Bucket) -> None:
        aws.S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        aws.S3BucketOwnershipControls(
            self, "ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
        )
        encrypted_only = {
            "Sid": "OnlyOverTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, f"{bucket.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [encrypted_only]})
        aws.S3BucketPolicy(self, "policy", bucket=bucket.id, policy=policy)

    def _keep_versions(self, bucket: aws.S3Bucket) -> None:
        versioning = aws.S3BucketVersioningA(
            self, "versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}
        )
        aws.S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.id,
            depends_on=[versioning],
            rule=[
                aws.S3BucketLifecycleConfigurationRule(
                    id="old-versions",
                    status="Enabled",
                    filter=[aws.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        aws.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=_DAYS_OF_OLD_STATE
                        )
                    ],
                    abort_incomplete_multipart_upload=[
                        aws.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                )
            ],
        )
