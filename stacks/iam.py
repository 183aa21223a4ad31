"""``python -m stacks.iam``: print the IAM policy that a deploy of the selected environment needs.

Source: Service Authorization Reference, and the calls of the AWS provider for each type of resource. Actions are the
fewest; resources are wildcards, except for the state, because AWS gives pools and clients their ids.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from stacks import iam_hosting
from stacks.terraform import exit_status
from stacks.workspace import synthesized

Json = dict[str, Any]


def _crud(*nouns: str, verbs: tuple[str, ...] = ("Create", "Describe", "Update", "Delete")) -> tuple[str, ...]:
    return tuple(f"{verb}{noun}" for noun in nouns for verb in verbs)


# By type of resource: the prefix of the actions, and the actions.
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws_cognito_user_pool": (
        "cognito-idp",
        (*_crud("UserPool"), "GetUserPoolMfaConfig", "SetUserPoolMfaConfig", "AddCustomAttributes", *iam_hosting.TAGS),
    ),
    "aws_cognito_user_pool_client": ("cognito-idp", _crud("UserPoolClient")),
    "aws_cognito_user_pool_domain": ("cognito-idp", _crud("UserPoolDomain")),
    "aws_cognito_managed_login_branding": (
        "cognito-idp",
        (*_crud("ManagedLoginBranding"), "DescribeManagedLoginBrandingByClient"),
    ),
    "aws_cognito_identity_provider": ("cognito-idp", _crud("IdentityProvider")),
    "aws_cognito_resource_server": ("cognito-idp", _crud("ResourceServer")),
    "aws_cognito_user_group": ("cognito-idp", _crud("Group", verbs=("Create", "Get", "Update", "Delete"))),
    "aws_cognito_risk_configuration": ("cognito-idp", _crud("RiskConfiguration", verbs=("Describe", "Set"))),
    "aws_cognito_log_delivery_configuration": (
        "cognito-idp",
        _crud("LogDeliveryConfiguration", verbs=("Get", "Set")),
    ),
    "aws_wafv2_ip_set": ("wafv2", (*_crud("IPSet", verbs=("Create", "Get", "Update", "Delete")), *iam_hosting.TAGS)),
    "aws_wafv2_web_acl": ("wafv2", (*_crud("WebACL", verbs=("Create", "Get", "Update", "Delete")), *iam_hosting.TAGS)),
    "aws_wafv2_web_acl_association": ("wafv2", ("AssociateWebACL", "DisassociateWebACL", "GetWebACLForResource")),
    "aws_lambda_permission": ("lambda", ("AddPermission", "GetPolicy", "RemovePermission")),
    "aws_dynamodb_table": (
        "dynamodb",
        (
            *_crud("Table"),
            "DescribeContinuousBackups",
            "DescribeTimeToLive",
            "ListTagsOfResource",
            "TagResource",
            "UntagResource",
            "UpdateContinuousBackups",
            "UpdateTimeToLive",
        ),
    ),
    "aws_secretsmanager_secret": (
        "secretsmanager",
        (*_crud("Secret"), "GetResourcePolicy", "TagResource", "UntagResource"),
    ),
    "aws_secretsmanager_secret_version": (
        "secretsmanager",
        ("GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"),
    ),
    "aws_ssm_parameter": (
        "ssm",
        (
            "AddTagsToResource",
            "DeleteParameter",
            "DescribeParameters",
            "GetParameter",
            "GetParameters",
            "ListTagsForResource",
            "PutParameter",
            "RemoveTagsFromResource",
        ),
    ),
    "aws_kms_alias": ("kms", ("CreateAlias", "DeleteAlias", "ListAliases")),
    "aws_kms_key": (
        "kms",
        (
            "CreateKey",
            "DescribeKey",
            "EnableKeyRotation",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListResourceTags",
            "ScheduleKeyDeletion",
            "TagResource",
            "UntagResource",
            "UpdateKeyDescription",
        ),
    ),
    # The provider reads every part of a bucket.
    "aws_s3_bucket": ("s3", ("CreateBucket", "DeleteBucket", "GetBucket*", "ListBucket", "PutBucketTagging")),
    "aws_s3_bucket_lifecycle_configuration": ("s3", ("GetLifecycleConfiguration", "PutLifecycleConfiguration")),
    "aws_s3_bucket_ownership_controls": ("s3", ("GetBucketOwnershipControls", "PutBucketOwnershipControls")),
    "aws_s3_bucket_policy": ("s3", ("DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy")),
    "aws_s3_bucket_public_access_block": ("s3", ("GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock")),
    "aws_s3_bucket_server_side_encryption_configuration": (
        "s3",
        ("GetEncryptionConfiguration", "PutEncryptionConfiguration"),
    ),
    "aws_s3_bucket_versioning": ("s3", ("GetBucketVersioning", "PutBucketVersioning")),
    **iam_hosting.ACTIONS,
}
# A custom domain and Cognito's hidden parts need more of other services (Developer Guide, "Prerequisites").
_MORE = {
    "aws_s3_bucket": (
        "s3:GetAccelerateConfiguration",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
    ),
    "aws_cognito_user_pool_domain": ("acm:DescribeCertificate", "cloudfront:UpdateDistribution"),
    "aws_wafv2_web_acl_association": ("cognito-idp:AssociateWebACL", "cognito-idp:GetWebACLForResource"),
    "aws_cognito_log_delivery_configuration": ("logs:CreateLogDelivery", "logs:PutResourcePolicy"),
    **iam_hosting.MORE,
}
_DELETES = (
    "DeleteBucket",
    "DeleteParameter",
    "DeleteSecret",
    "DeleteTable",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "ScheduleKeyDeletion",
    *iam_hosting.DELETES,
)


def policy(stack: Json) -> Json:
    """Return the policy for ``stack``, its Terraform JSON; what ends users' data is a statement of its own."""
    actions = sorted({*_actions(stack)})
    ends = [action for action in actions if action.partition(":")[2] in _DELETES]
    statements = [
        _statement("Deploy", [action for action in actions if action not in ends]),
        # Leave it out where nobody may destroy a deployment.
        _statement("DestroyUsersAndSecrets", ends),
        *_state(stack["terraform"]["backend"].get("s3")),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _actions(stack: Json) -> Iterator[str]:
    yield "sts:GetCallerIdentity"
    for kind, resources in stack["resource"].items():
        prefix, names = ACTIONS[kind]
        yield from (f"{prefix}:{name}" for name in names)
        yield from _MORE.get(kind, ())
        for resource in resources.values():
            if resource.get("kms_key_id") or resource.get("key_id"):
                yield from ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


def _statement(name: str, actions: list[str], resources: list[str] | None = None) -> Json:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources or ["*"]}


def _state(backend: Json | None) -> Iterator[Json]:
    if backend is None:
        return
    bucket = f"arn:{backend['kms_key_id'].split(':')[1]}:s3:::{backend['bucket']}"
    objects = [f"{bucket}/{backend['key']}", f"{bucket}/{backend['key']}.tflock"]
    yield _statement("State", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], objects)
    yield _statement("StateBucket", ["s3:ListBucket"], [bucket])
    yield _statement("StateKey", ["kms:Decrypt", "kms:GenerateDataKey"], [backend["kms_key_id"]])


def main() -> None:
    """Print the policy; raise ``DeployError`` when the stack cannot be synthesized."""
    with synthesized() as directory:
        stack: Json = json.loads((directory / "cdk.tf.json").read_text())
    sys.stdout.write(f"{json.dumps(policy(stack), indent=2)}\n")


if __name__ == "__main__":
    sys.exit(exit_status(main))
