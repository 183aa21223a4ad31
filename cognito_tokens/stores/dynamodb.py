"""Revocation store in a DynamoDB table: one item per revocation, partitioned by hour, removed by the table's TTL.

The stack creates the table: ``STATE_TABLE=name make deploy``. The partition key is ``hour`` (2026-11-23T22), the
sort key ``moment`` (milliseconds and a random part); ``expires_at`` is the TTL attribute. Entries that outlive access
tokens are also written to the partition of the day (2026-11-23), which is read once, at start-up.

The AWS credentials need PutItem and Query on the table, and nothing else.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

from cognito_tokens.revocations import LONGEST_LIFE, SESSION_LIFE, Revocation, read_entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_HOUR, _DAY = 3600, 24 * 3600
_FORMATS = {_HOUR: "%Y-%m-%dT%H", _DAY: "%Y-%m-%d"}
# Hosts' clocks differ, so the last minute is read again each time; known entries change nothing.
_OVERLAP_SECONDS = 60


def dynamodb_client(region: str | None) -> "DynamoDBClient":
    """Return a client that gives up within seconds; raise ``ValueError`` without a region."""
    config = Config(retries={"total_max_attempts": 2}, connect_timeout=1, read_timeout=1)
    return boto3.client("dynamodb", region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType] - the stubs of two services are installed


class _Page(NamedTuple):
    revocations: list[Revocation]
    # The ``moment`` of the last item.
    until: str


class DynamoDbRevocationStore:
    """Revocation store in one DynamoDB table. boto3 blocks, so calls run in threads."""

    def __init__(self, table: str, region: str | None = None, session_seconds: int = SESSION_LIFE) -> None:
        """Use ``table``; credentials, and a region that is not given, come from the usual sources of boto3."""
        self._client = dynamodb_client(region)
        self._table = table
        now = time.time()
        # By the span of a partition in seconds: the time up to which it has been read.
        self._read_until = {_DAY: now - session_seconds, _HOUR: now - LONGEST_LIFE}
        # By a partition that one call did not finish: the ``moment`` after which the next call continues.
        self._cut_off: dict[str, str] = {}

    async def add(self, revocation: Revocation) -> None:
        """Append ``revocation``."""
        now = time.time()
        if revocation.expires_at > now + LONGEST_LIFE:
            await asyncio.to_thread(self._put, revocation, now, _DAY)
        await asyncio.to_thread(self._put, revocation, now, _HOUR)

    async def read(self) -> AsyncGenerator[list[Revocation]]:
        """Yield the entries appended since the last call, and those of the minute before it."""
        for span in list(self._read_until):
            async for page in self._read(span):
                yield page
        self._read_until.pop(_DAY, None)

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()

    async def _read(self, span: int) -> AsyncGenerator[list[Revocation]]:
        now, since = time.time(), self._read_until[span] - _OVERLAP_SECONDS
        # Include entries of hosts with a clock up to a minute ahead.
        for number in range(int(since) // span, int(now + _OVERLAP_SECONDS) // span + 1):
            partition = _partition(number * span, span)
            pages = self._pages(partition, self._cut_off.get(partition, _moment(since)))
            while (page := await asyncio.to_thread(next, pages, None)) is not None:
                # Before the page is handed over: a caller that gives up with it has it, and the next read goes on.
                self._cut_off[partition] = page.until
                yield page.revocations
            self._cut_off.pop(partition, None)
            self._read_until[span] = min(now, (number + 1) * span)

    def _put(self, revocation: Revocation, now: float, span: int) -> None:
        item = {"hour": {"S": _partition(now, span)}, "moment": {"S": f"{_moment(now)}#{uuid.uuid4().hex}"}}
        item |= {
            name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in revocation._asdict().items()
        }
        self._client.put_item(TableName=self._table, Item=item)

    def _pages(self, partition: str, since: str) -> Iterator[_Page]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#hour = :hour AND moment > :since",
            ExpressionAttributeNames={"#hour": "hour"},
            ExpressionAttributeValues={":hour": {"S": partition}, ":since": {"S": since}},
        )
        for page in pages:
            items = [_plain(item) for item in page["Items"]]
            found = [revocation for item in items if (revocation := read_entry(item))]
            yield _Page(found, items[-1]["moment"] if items else since)


def _partition(seconds: float, span: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_FORMATS[span])


def _moment(seconds: float) -> str:
    return f"{int(seconds * 1000):015d}"


def _plain(item: Any) -> dict[str, str]:  # noqa: ANN401 - DynamoDB's own typing of values
    return {name: str(next(iter(value.values()))) for name, value in item.items()}
