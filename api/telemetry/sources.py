"""Where a scrape finds the state of the process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sources:
    """Functions that a scrape calls; ages are in seconds, and infinite before the first success."""

    calls_in_progress: Callable[[], Mapping[str, int]]
    state_store_is_up: Callable[[], bool]
    log_outs_are_shared: Callable[[], bool]
    log_outs_age: Callable[[], float]
    signing_keys_age: Callable[[], float]
    client_secret_age: Callable[[], float]
    audit_sink_failures: Callable[[], int]
