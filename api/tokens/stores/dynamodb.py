"""Revocations in a DynamoDB table: an item each, by the hour they were written in, dropped by the table's TTL.

The stack makes the table: ``REVOCATION_TABLE=name make deploy``. The key is ``hour`` (2026-11-23T22) and ``moment``
(milliseconds, a random part); ``expires_at`` is the TTL attribute.
It needs AWS credentials that may do PutItem and Query on the table, and nothing else.
"""

import asyncio
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from api.tokens.revocations import LONGEST_LIFE, Revocation, read_entry

_HOUR = 3600
# Hosts' clocks differ: the last minute is read again each time, and what is known already changes nothing.
_OVERLAP_SECONDS = 60


class DynamoDbRevocationStore:
    """One table. boto3 blocks, so it works in threads."""

    def __init__(self, table: str, region: str | None = None) -> None:
        """Use ``table``; credentials and region come from where boto3 looks for them."""
        config = Config(retries={"total_max_attempts": 2}, connect_timeout=1, read_timeout=1, max_pool_connections=26)
        self._client = boto3.client("dynamodb", region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType] - the stubs of two services are installed
        self._table = table
        self._read_until = time.time() - LONGEST_LIFE

    async def add(self, revocation: Revocation) -> None:
        """Append."""
        await asyncio.to_thread(self._put, revocation)

    async def read(self) -> list[Revocation]:
        """Return what was appended since the last call, and in the minute before it."""
        now, since = time.time(), self._read_until - _OVERLAP_SECONDS
        hours = [_hour(hour * _HOUR) for hour in range(int(since) // _HOUR, int(now) // _HOUR + 1)]
        # At the start a day of hours, at once: one after the other would take too long far from the table.
        pages = await asyncio.gather(*(asyncio.to_thread(self._query, hour, _moment(since)) for hour in hours))
        self._read_until = now
        return [revocation for page in pages for revocation in page]

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()

    def _put(self, revocation: Revocation) -> None:
        now = time.time()
        item = {"hour": {"S": _hour(now)}, "moment": {"S": f"{_moment(now)}#{uuid.uuid4().hex}"}}
        item |= {
            name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in revocation._asdict().items()
        }
        self._client.put_item(TableName=self._table, Item=item)

    def _query(self, hour: str, since: str) -> list[Revocation]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#hour = :hour AND moment > :since",
            ExpressionAttributeNames={"#hour": "hour"},
            ExpressionAttributeValues={":hour": {"S": hour}, ":since": {"S": since}},
        )
        found = [read_entry(_plain(item)) for page in pages for item in page["Items"]]
        return [revocation for revocation in found if revocation]


def _hour(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H")


def _moment(seconds: float) -> str:
    return f"{int(seconds * 1000):015d}"


def _plain(item: Any) -> dict[str, str]:  # noqa: ANN401 - DynamoDB's own typing of values
    return {name: str(next(iter(value.values()))) for name, value in item.items()}
