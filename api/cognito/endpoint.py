"""Where the user pools API lives, by botocore's partition data.

The data is read and botocore is not imported: that brings urllib3, OpenSSL and 28 MB into a process that never calls
it. A test compares every region with botocore's own rules.
"""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from api.errors import ConfigurationError

_DEFAULT = "aws"


def resolve_endpoint(region: str, *, use_fips: bool) -> str:
    """Return the URL of the user pools API in ``region``, of the right partition.

    Raises ``ConfigurationError`` when the partition has no such endpoint.
    """
    outputs = partition_of(region)["outputs"]
    if use_fips and not outputs["supportsFIPS"]:
        message = f"AWS_USE_FIPS_ENDPOINT is on, and the partition of region {region!r} has no FIPS endpoints."
        raise ConfigurationError(message)
    host = "cognito-idp-fips" if use_fips else "cognito-idp"
    return f"https://{host}.{region}.{outputs['dnsSuffix']}"


def partition_of(region: str) -> dict[str, Any]:
    """Return botocore's row of the partition that ``region`` is in, or would be in."""
    partitions: list[dict[str, Any]] = json.loads((_data() / "partitions.json").read_bytes())["partitions"]
    fits = [row for row in partitions if region in row["regions"] or re.match(row["regionRegex"], region)]
    return fits[0] if fits else next(row for row in partitions if row["id"] == _DEFAULT)


def _data() -> Path:
    spec = find_spec("botocore")
    assert spec is not None  # noqa: S101 - a pinned dependency
    assert spec.origin is not None  # noqa: S101 - a package in a directory
    return Path(spec.origin).parent / "data"
