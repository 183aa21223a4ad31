# Submodules of the AWS provider bindings that this project uses; aws.py imports their classes lazily.
# pyright: reportWildcardImportFromLibrary=false
from cdktf_cdktf_provider_aws.cognito_identity_provider import *
from cdktf_cdktf_provider_aws.cognito_log_delivery_configuration import *
from cdktf_cdktf_provider_aws.cognito_managed_login_branding import *
from cdktf_cdktf_provider_aws.cognito_resource_server import *
from cdktf_cdktf_provider_aws.cognito_risk_configuration import *
from cdktf_cdktf_provider_aws.cognito_user_group import *
from cdktf_cdktf_provider_aws.cognito_user_pool import *
from cdktf_cdktf_provider_aws.cognito_user_pool_client import *
from cdktf_cdktf_provider_aws.cognito_user_pool_domain import *
from cdktf_cdktf_provider_aws.dynamodb_table import *
from cdktf_cdktf_provider_aws.kms_alias import *
from cdktf_cdktf_provider_aws.kms_key import *
from cdktf_cdktf_provider_aws.lambda_permission import *
from cdktf_cdktf_provider_aws.provider import *
from cdktf_cdktf_provider_aws.s3_bucket import *
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import *
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import *
from cdktf_cdktf_provider_aws.s3_bucket_policy import *
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import *
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import *
from cdktf_cdktf_provider_aws.s3_bucket_versioning import *
from cdktf_cdktf_provider_aws.secretsmanager_secret import *
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import *
from cdktf_cdktf_provider_aws.ssm_parameter import *
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import *
