"""Registry of scenarios: each describes one behaviour of Cognito, cites its source and runs in a new user pool.

The scenarios were not verified against AWS: they follow AWS's documentation and botocore's model. API_X is the page of
X in the API reference; GUIDE is the Cognito developer guide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.pool_fixture import PoolFixture

NOT_AUTHORIZED, INVALID = "NotAuthorizedException", "InvalidParameterException"
MISMATCH, EXPIRED, LIMIT = "CodeMismatchException", "ExpiredCodeException", "LimitExceededException"


@dataclass(frozen=True)
class Scenario:
    """One behaviour of Cognito: its description, its source, and the check."""

    area: str
    sentence: str
    source: str
    pool: dict[str, Any]
    client: dict[str, Any]
    run: Callable[[PoolFixture], None]


SCENARIOS: list[Scenario] = []


def scenario(
    area: str, sentence: str, source: str, pool: dict[str, Any] | None = None, client: dict[str, Any] | None = None
) -> Callable[[Callable[[PoolFixture], None]], Callable[[PoolFixture], None]]:
    def add(run: Callable[[PoolFixture], None]) -> Callable[[PoolFixture], None]:
        SCENARIOS.append(Scenario(area, sentence, source, pool or {}, client or {}, run))
        return run

    return add
