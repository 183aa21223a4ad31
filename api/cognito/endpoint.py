"""Endpoint of the user pools API, resolved from botocore's partition data.

The data file is read without importing botocore, which would add urllib3, OpenSSL and 28 MB to a process that never
calls it. A test compares every region with botocore's own rules.
"""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from api.errors import ConfigurationError

_DEFAULT = "aws"


def resolve_endpoint(region: str, *, use_fips: bool) -> str:
    """Return the URL of the user pools API in ``region``, with the DNS suffix of its partition.

    Raises ``ConfigurationError`` if ``use_fips`` is set and the partition has no FIPS endpoints.
    """
    outputs = partition_of(region)["outputs"]
    if use_fips and not outputs["supportsFIPS"]:
        message = f"AWS_USE_FIPS_ENDPOINT is enabled, but the partition of region {region!r} has no FIPS endpoints."
        raise ConfigurationError(message)
    host = "cognito-idp-fips" if use_fips else "cognito-idp"
    return f"https://{host}.{region}.{outputs['dnsSuffix']}"


def partition_of(region: str) -> dict[str, Any]:
    """Return botocore's entry for the partition that lists ``region`` or matches its pattern; by default ``aws``."""
    partitions: list[dict[str, Any]] = json.loads((_data() / "partitions.json").read_bytes())["partitions"]
    fits = [row for row in partitions if region in row["regions"] or re.match(row["regionRegex"], region)]
    return fits[0] if fits else next(row for row in partitions if row["id"] == _DEFAULT)


def _data() -> Path:
    spec = find_spec("botocore")
    assert spec is not None  # noqa: S101 - a pinned dependency
    assert spec.origin is not None  # noqa: S101 - a package in a directory
    return Path(spec.origin).parent / "data"
