"""Helpers of the tests that deploy."""

import json
from typing import Any

import boto3

from tests.e2e.terraform import TerraformWorkspace


def aws(service: str, endpoint: str) -> Any:
    session: Any = boto3.Session()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return session.client(service, endpoint_url=endpoint, region_name="us-east-1", **keys)


def outputs_of(workshop: TerraformWorkspace) -> dict[str, Any]:
    return json.loads((workshop.directory / "outputs.json").read_text())["auth"]
