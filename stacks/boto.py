"""Clients of AWS for the operator's commands, which look for, or write, what Terraform does not know."""

from typing import Any


def client(service: str, region: str) -> Any:  # noqa: ANN401 - boto3 has types for a few services only
    """Return boto3's client of ``service``."""
    import boto3  # noqa: PLC0415 - a deploy starts in a tenth of a second without it

    session: Any = boto3.Session(region_name=region)
    return session.client(service)
