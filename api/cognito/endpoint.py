"""Where the user pools API lives, by botocore's endpoint rules."""

from typing import Any

from api.errors import ConfigurationError


def resolve_endpoint(region: str, *, use_fips: bool) -> str:
    """Return the URL of the user pools API in ``region``, of the right partition.

    Raises ``ConfigurationError`` when the region has no such endpoint. botocore is imported here, at start-up, because
    an emulator's URL needs none of it.
    """
    from botocore.endpoint_provider import EndpointProvider  # noqa: PLC0415 - see above
    from botocore.exceptions import EndpointProviderError  # noqa: PLC0415 - see above
    from botocore.loaders import Loader  # noqa: PLC0415 - see above

    loader = Loader()
    rules: Any = loader.load_service_model("cognito-idp", "endpoint-rule-set-1")
    provider = EndpointProvider(rules, loader.load_data("partitions"))
    try:
        return provider.resolve_endpoint(Region=region, UseFIPS=use_fips, UseDualStack=False).url
    except EndpointProviderError as error:
        message = f"no Cognito endpoint in region {region!r}: {error}"
        raise ConfigurationError(message) from None
