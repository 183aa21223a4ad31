"""State in the DynamoDB table of the stack (``STATE_TABLE=name make deploy``), for several hosts.

The partition of an address (attribute ``hour``) is ``address#KEY``; the sort key (``moment``) names the record:
``sign-up``, ``accepted``, ``sub`` and ``mark#ID``. The other partitions hold the revocations
(``cognito_tokens.stores.dynamodb``). ``expires_at`` is the table's TTL attribute; marks have none.
"""

import asyncio
import time
from collections.abc import Collection
from typing import Any

from api.state.address_store import SIGN_UP_SECONDS, AddressRecord, Name
from cognito_tokens.stores.dynamodb import dynamodb_client

_MARK = "mark#"
# DynamoDB removes expired items late.
_LIVES = "expires_at > :now"


class DynamoDbAddressStore:
    """``AddressStore`` in one item per record, with consistent reads. boto3 blocks, so calls run in threads."""

    def __init__(self, table: str, region: str | None) -> None:
        """Use ``table``; credentials, and a region that is not given, come from the usual sources of boto3."""
        self._client = dynamodb_client(region)
        self._table = table

    async def read(self, key: str) -> AddressRecord:
        """Return what is known."""
        items = {item["moment"]["S"]: item for item in await asyncio.to_thread(self._items, key)}
        sign_up, accepted, sub = (items.get(name, {}) for name in ("sign-up", "accepted", "sub"))
        return AddressRecord(
            _text(sign_up),
            _number(sign_up, "attempts"),
            _text(accepted),
            {name.removeprefix(_MARK): _number(item, "until") for name, item in items.items() if _MARK in name},
            _text(sub) or None,
            _number(sub, "expires_at"),
        )

    async def count_attempt(self, key: str, attempt: str) -> None:
        """Add a sign-up attempt."""
        now = int(time.time())
        values = {":first": attempt, ":one": 1, ":end": now + SIGN_UP_SECONDS, ":now": now}
        add = "SET #value = if_not_exists(#value, :first), expires_at = :end ADD attempts :one"
        begin = "SET #value = :first, expires_at = :end, attempts = :one"
        try:
            await self._update(key, add, f"attribute_not_exists(moment) OR {_LIVES}", values)
        except self._client.exceptions.ConditionalCheckFailedException:
            # The entry has expired. Of two attempts that begin a new one, the second is an error, and not counted.
            await self._update(key, begin, f"NOT {_LIVES}", values)

    async def put(self, key: str, name: Name, value: str, expires_at: int) -> None:
        """Write a record."""
        await self._put(key, name, value={"S": value}, expires_at={"N": str(expires_at)})

    async def delete(self, key: str, name: Name) -> None:
        """Remove a record."""
        await asyncio.to_thread(self._client.delete_item, TableName=self._table, Key=_key(key, name))

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        """Add or change a mark."""
        await self._put(key, _MARK + mark, until={"N": str(until)})

    async def remove_marks(self, key: str, marks: Collection[str]) -> None:
        """Remove marks."""
        for mark in marks:
            await asyncio.to_thread(self._client.delete_item, TableName=self._table, Key=_key(key, _MARK + mark))

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()

    def _items(self, key: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#hour = :hour",
            FilterExpression=f"attribute_not_exists(expires_at) OR {_LIVES}",
            ExpressionAttributeNames={"#hour": "hour"},
            ExpressionAttributeValues=_typed({":hour": _partition(key), ":now": int(time.time())}),
        )
        return [item for page in pages for item in page["Items"]]

    async def _put(self, key: str, name: str, **attributes: dict[str, str]) -> None:
        await asyncio.to_thread(self._client.put_item, TableName=self._table, Item=_key(key, name) | attributes)

    async def _update(self, key: str, expression: str, condition: str, values: dict[str, str | int]) -> None:
        await asyncio.to_thread(
            self._client.update_item,
            TableName=self._table,
            Key=_key(key, "sign-up"),
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues=_typed(values),
        )


def _partition(key: str) -> str:
    return f"address#{key}"


def _key(key: str, name: str) -> dict[str, dict[str, str]]:
    return _typed({"hour": _partition(key), "moment": name})


def _typed(values: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in values.items()}


def _text(item: dict[str, dict[str, str]]) -> str:
    return item["value"]["S"] if item else ""


def _number(item: dict[str, dict[str, str]], name: str) -> int:
    return int(item[name]["N"]) if item else 0
