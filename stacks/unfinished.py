"""Applies that were killed: what they created, and no state records.

Terraform writes its state some seconds after each change. A mark in the working directory tells that an apply began and
did not end; the next plan that would create a pool or a client then looks for one of the same name at Cognito.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.boto import client
from stacks.checks.plan_guard import Problem

Json = dict[str, Any]


def _mark(stack: str) -> Path:
    return Path(f".deploy-unfinished.{stack}")


def begin(stack: str) -> None:
    """Note that an apply of ``stack`` begins."""
    _mark(stack).touch()


def is_marked(stack: str) -> bool:
    """Return whether the last apply of ``stack`` was killed."""
    return _mark(stack).exists()


def end(stack: str) -> None:
    """Note that it ended, and Terraform wrote its state; a failed apply has ended, too."""
    _mark(stack).unlink(missing_ok=True)


def problems(stack: str, plan: Json) -> Iterator[Problem]:
    """Yield a problem for each pool and client that a killed apply of ``stack`` may have left behind."""
    if not is_marked(stack):
        return
    for change in plan.get("resource_changes", []):
        if change["change"]["actions"] == ["create"] and (find := _FINDERS.get(change["type"])):
            cognito = client("cognito-idp", plan["variables"]["aws_region"]["value"])
            for identifier in find(cognito, change["change"]["after"]):
                text = (
                    f"{change['address']} would be created, but the last apply was killed, and {identifier} has its "
                    f"name and is in no state: if it is a left-over, delete it ({_REMEDY}); if not, keep it"
                )
                yield Problem(text, change["address"])


_REMEDY = "`aws cognito-idp delete-user-pool` or `delete-user-pool-client`; a pool with users is adopted in its place"


def _pools(cognito: Any, wanted: Json) -> Iterator[str]:  # noqa: ANN401 - as above
    pages = cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    yield from (pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == wanted["name"])


def _clients(cognito: Any, wanted: Json) -> Iterator[str]:  # noqa: ANN401 - as above
    # Without the id, the pool is new, too, and so has no client.
    if pool_id := wanted.get("user_pool_id"):
        pages = cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id)
        found = (client for page in pages for client in page["UserPoolClients"])
        yield from (client["ClientId"] for client in found if client["ClientName"] == wanted["name"])


_FINDERS = {"aws_cognito_user_pool": _pools, "aws_cognito_user_pool_client": _clients}
