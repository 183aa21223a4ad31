"""Helpers of the tests that deploy."""

import io
import json
import zipfile
from typing import Any

import boto3

from tests.e2e.terraform import TerraformWorkspace


def aws(service: str, endpoint: str) -> Any:
    session: Any = boto3.Session()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return session.client(service, endpoint_url=endpoint, region_name="us-east-1", **keys)


def outputs_of(workshop: TerraformWorkspace) -> dict[str, Any]:
    return json.loads((workshop.directory / "outputs.json").read_text())["auth"]


def make_function(endpoint: str) -> None:
    """Create the function that the pools' triggers name, unless another test has."""
    if "challenge" in {row["FunctionName"] for row in aws("lambda", endpoint).list_functions()["Functions"]}:
        return
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("challenge.py", "def handler(event, _):\n    return event\n")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws("iam", endpoint).create_role(RoleName="challenge", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    client = aws("lambda", endpoint)
    client.create_function(
        FunctionName="challenge",
        Runtime="python3.12",
        Role=role,
        Handler="challenge.handler",
        Code={"ZipFile": archive.getvalue()},
    )
