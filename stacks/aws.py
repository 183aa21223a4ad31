"""The only door to the AWS provider bindings, and the seam to CDK Terrain.

``import cdktf_cdktf_provider_aws`` runs an ``__init__`` that imports over two thousand submodules: ten
seconds for the three resources used here. With the bare package (right ``__path__`` and ``__spec__``, body
not run) in ``sys.modules`` first, a submodule import loads only what it names. That leans on the layout of
the bindings; ``tests/snapshot/test_lean_import.py`` compares the output of both ways.
"""

import sys
from importlib.util import find_spec, module_from_spec


def _place_bare_package(name: str) -> None:
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None:
        message = f"The package {name} is not installed; run `make setup`."
        raise ModuleNotFoundError(message, name=name)
    sys.modules[name] = module_from_spec(spec)


_place_bare_package("cdktf_cdktf_provider_aws")

from cdktf_cdktf_provider_aws.cognito_user_pool import (  # noqa: E402 - the bare package comes first
    CognitoUserPool,
    CognitoUserPoolAccountRecoverySetting,
    CognitoUserPoolAccountRecoverySettingRecoveryMechanism,
    CognitoUserPoolAdminCreateUserConfig,
    CognitoUserPoolPasswordPolicy,
    CognitoUserPoolUserAttributeUpdateSettings,
    CognitoUserPoolUsernameConfiguration,
    CognitoUserPoolVerificationMessageTemplate,
)
from cdktf_cdktf_provider_aws.cognito_user_pool_client import (  # noqa: E402 - the bare package comes first
    CognitoUserPoolClient,
    CognitoUserPoolClientRefreshTokenRotation,
    CognitoUserPoolClientTokenValidityUnits,
)
from cdktf_cdktf_provider_aws.dynamodb_table import (  # noqa: E402 - the bare package comes first
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from cdktf_cdktf_provider_aws.provider import (  # noqa: E402 - the bare package comes first
    AwsProvider,
    AwsProviderDefaultTags,
)

__all__ = [
    "AwsProvider",
    "AwsProviderDefaultTags",
    "CognitoUserPool",
    "CognitoUserPoolAccountRecoverySetting",
    "CognitoUserPoolAccountRecoverySettingRecoveryMechanism",
    "CognitoUserPoolAdminCreateUserConfig",
    "CognitoUserPoolClient",
    "CognitoUserPoolClientRefreshTokenRotation",
    "CognitoUserPoolClientTokenValidityUnits",
    "CognitoUserPoolPasswordPolicy",
    "CognitoUserPoolUserAttributeUpdateSettings",
    "CognitoUserPoolUsernameConfiguration",
    "CognitoUserPoolVerificationMessageTemplate",
    "DynamodbTable",
    "DynamodbTableAttribute",
    "DynamodbTableServerSideEncryption",
    "DynamodbTableTtl",
]
