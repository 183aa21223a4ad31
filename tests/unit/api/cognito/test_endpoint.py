"""Endpoints resolved from botocore's data equal those of botocore's endpoint rules."""

from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

from api.cognito.endpoint import resolve_endpoint
from api.errors import ConfigurationError

LOADER = Loader()
RULES: Any = LOADER.load_service_model("cognito-idp", "endpoint-rule-set-1")
PARTITIONS: Any = LOADER.load_data("partitions")
PROVIDER = EndpointProvider(RULES, PARTITIONS)
REGIONS = [region for partition in PARTITIONS["partitions"] for region in partition["regions"]]
FUTURE = ["eu-south-9", "cn-south-3", "us-gov-north-1", "us-isob-north-2", "moon-base-1"]


@pytest.mark.parametrize("use_fips", [False, True])
@pytest.mark.parametrize("region", [*REGIONS, *FUTURE])
def test_endpoint_matches_botocore_rules(region: str, use_fips: bool) -> None:
    try:
        expected = PROVIDER.resolve_endpoint(Region=region, UseFIPS=use_fips, UseDualStack=False).url
    except EndpointProviderError:
        with pytest.raises(ConfigurationError, match="no FIPS endpoints"):
            resolve_endpoint(region, use_fips=use_fips)
    else:
        assert resolve_endpoint(region, use_fips=use_fips) == expected
