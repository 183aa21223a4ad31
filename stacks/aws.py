"""Lazy imports of the AWS provider bindings; no other module imports them, which eases a move to CDK Terrain.

``import cdktf_cdktf_provider_aws`` runs an ``__init__`` that imports over two thousand submodules, which takes ten
seconds. This module instead puts the bare package (with ``__path__`` and ``__spec__``, but its body not run) into
``sys.modules``, so that importing a submodule loads only that one. Each submodule is imported when a construct first
uses it; most stacks use four. This depends on the layout of the bindings; ``tests/snapshot/test_lean_import.py``
compares the output with and without it.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.cognito_identity_provider import (
        CognitoIdentityProvider,
    )
    from cdktf_cdktf_provider_aws.cognito_log_delivery_configuration import (
        CognitoLogDeliveryConfiguration,
        CognitoLogDeliveryConfigurationLogConfigurations,
        CognitoLogDeliveryConfigurationLogConfigurationsCloudWatchLogsConfiguration,
        CognitoLogDeliveryConfigurationLogConfigurationsFirehoseConfiguration,
        CognitoLogDeliveryConfigurationLogConfigurationsS3Configuration,
    )
    from cdktf_cdktf_provider_aws.cognito_managed_login_branding import (
        CognitoManagedLoginBranding,
    )
    from cdktf_cdktf_provider_aws.cognito_resource_server import (
        CognitoResourceServer,
        CognitoResourceServerScope,
    )
    from cdktf_cdktf_provider_aws.cognito_risk_configuration import (
        CognitoRiskConfiguration,
    )
    from cdktf_cdktf_provider_aws.cognito_user_group import (
        CognitoUserGroup,
    )
    from cdktf_cdktf_provider_aws.cognito_user_pool import (
        CognitoUserPool,
        CognitoUserPoolAccountRecoverySetting,
        CognitoUserPoolAccountRecoverySettingRecoveryMechanism,
        CognitoUserPoolAdminCreateUserConfig,
        CognitoUserPoolEmailConfiguration,
        CognitoUserPoolPasswordPolicy,
        CognitoUserPoolSchema,
        CognitoUserPoolSchemaNumberAttributeConstraints,
        CognitoUserPoolSchemaStringAttributeConstraints,
        CognitoUserPoolUserAttributeUpdateSettings,
        CognitoUserPoolUsernameConfiguration,
        CognitoUserPoolVerificationMessageTemplate,
    )
    from cdktf_cdktf_provider_aws.cognito_user_pool_client import (
        CognitoUserPoolClient,
        CognitoUserPoolClientRefreshTokenRotation,
        CognitoUserPoolClientTokenValidityUnits,
    )
    from cdktf_cdktf_provider_aws.cognito_user_pool_domain import (
        CognitoUserPoolDomain,
    )
    from cdktf_cdktf_provider_aws.dynamodb_table import (
        DynamodbTable,
        DynamodbTableAttribute,
        DynamodbTableServerSideEncryption,
        DynamodbTableTtl,
    )
    from cdktf_cdktf_provider_aws.kms_alias import (
        KmsAlias,
    )
    from cdktf_cdktf_provider_aws.kms_key import (
        KmsKey,
    )
    from cdktf_cdktf_provider_aws.lambda_permission import (
        LambdaPermission,
    )
    from cdktf_cdktf_provider_aws.provider import (
        AwsProvider,
        AwsProviderDefaultTags,
    )
    from cdktf_cdktf_provider_aws.s3_bucket import (
        S3Bucket,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
        S3BucketLifecycleConfiguration,
        S3BucketLifecycleConfigurationRule,
        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
        S3BucketLifecycleConfigurationRuleFilter,
        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
        S3BucketOwnershipControls,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_policy import (
        S3BucketPolicy,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import (
        S3BucketPublicAccessBlock,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
        S3BucketServerSideEncryptionConfigurationA,
        S3BucketServerSideEncryptionConfigurationRuleA,
    )
    from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
        S3BucketVersioningA,
    )
    from cdktf_cdktf_provider_aws.secretsmanager_secret import (
        SecretsmanagerSecret,
    )
    from cdktf_cdktf_provider_aws.secretsmanager_secret_version import (
        SecretsmanagerSecretVersion,
    )
    from cdktf_cdktf_provider_aws.ssm_parameter import (
        SsmParameter,
    )
    from cdktf_cdktf_provider_aws.wafv2_web_acl_association import (
        Wafv2WebAclAssociation,
    )

_PACKAGE = "cdktf_cdktf_provider_aws"
# Submodules. A class is in the submodule with the longest name, in camel case, that begins the name of the class.
_MODULES = (
    "cognito_identity_provider",
    "cognito_log_delivery_configuration",
    "cognito_managed_login_branding",
    "cognito_resource_server",
    "cognito_risk_configuration",
    "cognito_user_group",
    "cognito_user_pool",
    "cognito_user_pool_client",
    "cognito_user_pool_domain",
    "dynamodb_table",
    "kms_alias",
    "kms_key",
    "lambda_permission",
    "s3_bucket",
    "s3_bucket_lifecycle_configuration",
    "s3_bucket_ownership_controls",
    "s3_bucket_policy",
    "s3_bucket_public_access_block",
    "s3_bucket_server_side_encryption_configuration",
    "s3_bucket_versioning",
    "secretsmanager_secret",
    "secretsmanager_secret_version",
    "ssm_parameter",
    "wafv2_web_acl_association",
)
_BY_CLASS = {module.title().replace("_", ""): module for module in _MODULES} | {"AwsProvider": "provider"}


def _place_bare_package(name: str) -> None:
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None:
        message = f"The package {name} is not installed; run `make setup`."
        raise ModuleNotFoundError(message, name=name)
    sys.modules[name] = module_from_spec(spec)


_place_bare_package(_PACKAGE)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class of the bindings
    """Return a class of the bindings, and import its submodule on first use."""
    homes = [prefix for prefix in _BY_CLASS if name.startswith(prefix)]
    if not homes:
        raise AttributeError(name)
    found = getattr(import_module(f"{_PACKAGE}.{_BY_CLASS[max(homes, key=len)]}"), name)
    globals()[name] = found
    return found


__all__ = [
    "AwsProvider",
    "AwsProviderDefaultTags",
    "CognitoIdentityProvider",
    "CognitoLogDeliveryConfiguration",
    "CognitoLogDeliveryConfigurationLogConfigurations",
    "CognitoLogDeliveryConfigurationLogConfigurationsCloudWatchLogsConfiguration",
    "CognitoLogDeliveryConfigurationLogConfigurationsFirehoseConfiguration",
    "CognitoLogDeliveryConfigurationLogConfigurationsS3Configuration",
    "CognitoManagedLoginBranding",
    "CognitoResourceServer",
    "CognitoResourceServerScope",
    "CognitoRiskConfiguration",
    "CognitoUserGroup",
    "CognitoUserPool",
    "CognitoUserPoolAccountRecoverySetting",
    "CognitoUserPoolAccountRecoverySettingRecoveryMechanism",
    "CognitoUserPoolAdminCreateUserConfig",
    "CognitoUserPoolClient",
    "CognitoUserPoolClientRefreshTokenRotation",
    "CognitoUserPoolClientTokenValidityUnits",
    "CognitoUserPoolDomain",
    "CognitoUserPoolEmailConfiguration",
    "CognitoUserPoolPasswordPolicy",
    "CognitoUserPoolSchema",
    "CognitoUserPoolSchemaNumberAttributeConstraints",
    "CognitoUserPoolSchemaStringAttributeConstraints",
    "CognitoUserPoolUserAttributeUpdateSettings",
    "CognitoUserPoolUsernameConfiguration",
    "CognitoUserPoolVerificationMessageTemplate",
    "DynamodbTable",
    "DynamodbTableAttribute",
    "DynamodbTableServerSideEncryption",
    "DynamodbTableTtl",
    "KmsAlias",
    "KmsKey",
    "LambdaPermission",
    "S3Bucket",
    "S3BucketLifecycleConfiguration",
    "S3BucketLifecycleConfigurationRule",
    "S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload",
    "S3BucketLifecycleConfigurationRuleFilter",
    "S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration",
    "S3BucketOwnershipControls",
    "S3BucketPolicy",
    "S3BucketPublicAccessBlock",
    "S3BucketServerSideEncryptionConfigurationA",
    "S3BucketServerSideEncryptionConfigurationRuleA",
    "S3BucketVersioningA",
    "SecretsmanagerSecret",
    "SecretsmanagerSecretVersion",
    "SsmParameter",
    "Wafv2WebAclAssociation",
]
