"""``python -m stacks.cost``: estimate what the pool and the hosting stack of the environment cost in a month.

``make cost`` runs it. The prices are in ``hosting/prices.toml``, unverified; the amounts follow from the props and from
three loads. It is for the order of magnitude, and to see which part dominates.
"""

import math
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.environments import pair
from stacks.hosting.props import HostingProps, NewNetwork
from stacks.hosting.signals import SIGNALS
from stacks.terraform import DeployError, exit_status

_PRICES = Path(__file__).parent / "hosting/prices.toml"
_HOURS = 730
_SECONDS = _HOURS * 3600
# Of a busy hour to the mean of a month.
_PEAK = 4
# CPU time of a request on one vCPU, twice what the bench measures for a sign-in, and the share that is used at most.
_CPU_SECONDS, _USE = 0.002, 0.6
# By requests: lines of the log with their upstream calls, the response, reads of revocations.
_LOG_BYTES, _RESPONSE_BYTES, _RECORDS_PER_SIGN_UP = 600, 4000, 6
# A connection, 25 of them a second, and a gigabyte an hour: one of each is a capacity unit.
_CONNECTIONS_PER_UNIT = 25
_POLLS_PER_SECOND = 2.5
_IMAGES, _IMAGE_GIGABYTES = 10, 0.1
_MILLION, _GIGABYTE = 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class Load:
    """Users that are active in a month, and what they do in it."""

    name: str
    users: int
    requests_of_each: int = 40
    new_share: float = 0.05

    @property
    def requests(self) -> int:
        """Requests in a month."""
        return self.users * self.requests_of_each


# The last is a hundred requests in each second of the month.
LOADS = (Load("small", 10_000), Load("medium", 100_000), Load("large", 5_000_000, requests_of_each=52))


def estimate(props: HostingProps, tier: str, load: Load) -> dict[str, float]:
    """Return the dollars of a month by part."""
    prices = tomllib.loads(_PRICES.read_text())
    parts = dict(_running(props, load, prices)) | dict(_used(props, load, prices))
    free, each = prices["users"]["free"][tier], prices["users"]["each"][tier]
    return {f"Cognito ({tier})": max(0, load.users - free) * each, **parts}


def tasks(props: HostingProps, load: Load) -> int:
    """Return the mean number of tasks, between the limits of the props; the peak must fit into the maximum."""
    in_a_second = load.requests / _SECONDS
    of_a_task = props.cpu / 1024 * _USE / _CPU_SECONDS
    return min(props.max_tasks, max(props.min_tasks, math.ceil(in_a_second * _PEAK / of_a_task)))


def _running(props: HostingProps, load: Load, prices: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - TOML
    hour, month = prices["hour"], prices["month"]
    cpu = props.cpu / 1024 * hour["fargate_vcpu"][props.architecture]
    memory = props.memory / 1024 * hour["fargate_gigabyte"][props.architecture]
    number = tasks(props, load)
    yield "Fargate", number * (cpu + memory) * _HOURS
    units = max(0.1, load.requests * _PEAK / _SECONDS / _CONNECTIONS_PER_UNIT)
    zones = len(props.network.zones) if isinstance(props.network, NewNetwork) else 2
    balancer = hour["load_balancer"] + units * hour["load_balancer_capacity_unit"] + zones * hour["public_address"]
    yield "Load balancer", balancer * _HOURS
    yield "Network", _network(props, number, load, prices)
    rules = 3 + props.captcha_on_sign_up
    requests = load.requests / _MILLION * prices["million"]["web_acl_requests"]
    pool_acl = (month["web_acl"] + month["web_acl_rule"]) if props.close_pool else 0
    yield "Web ACL", month["web_acl"] + rules * month["web_acl_rule"] + requests + pool_acl
    yield "Valkey", 2 * _HOURS * _valkey(props, hour["valkey"])
    watched = (len(SIGNALS) + 4) * month["alarm"] + len(SIGNALS) * month["metric"] + month["dashboard"]
    yield "Alarms and dashboard", watched
    yield "Secrets, images, zone", 2 * month["secret"] + month["hosted_zone"] + _IMAGES * _IMAGE_GIGABYTES * 0.1


def _valkey(props: HostingProps, prices: dict[str, float]) -> float:
    if props.valkey_node_type is None:
        return 0
    if props.valkey_node_type not in prices:
        message = f"{_PRICES} has no price of {props.valkey_node_type}; add it to hour.valkey."
        raise DeployError(message)
    return prices[props.valkey_node_type]


def _network(props: HostingProps, number: int, load: Load, prices: Any) -> float:  # noqa: ANN401 - as above
    if not isinstance(props.network, NewNetwork):
        return 0
    hour, gateways = prices["hour"], props.network.nat_gateways
    if not gateways:
        return number * hour["public_address"] * _HOURS
    sent = load.requests * _RESPONSE_BYTES / _GIGABYTE * prices["gigabyte"]["nat_gateway"]
    return gateways * (hour["nat_gateway"] + hour["public_address"]) * _HOURS + sent


def _used(props: HostingProps, load: Load, prices: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401 - as above
    # Health checks are logged, too: two lines in 30 s for each task.
    lines = load.requests + tasks(props, load) * _SECONDS / 15
    yield "Log", lines * _LOG_BYTES / _GIGABYTE * prices["gigabyte"]["log"]
    writes = load.users * load.new_share * _RECORDS_PER_SIGN_UP + load.requests / 10
    reads = load.requests / 4 + tasks(props, load) * _POLLS_PER_SECOND * _SECONDS
    million = prices["million"]
    yield "State table", (writes * million["table_writes"] + reads * million["table_reads"]) / _MILLION


def main() -> None:
    """Print the estimates; raise ``InvalidSettingError`` for an environment without a hosting stack."""
    auth, props = pair()
    tier = auth.user_pool.tier.value
    prices = tomllib.loads(_PRICES.read_text())
    columns = [estimate(props, tier, load) for load in LOADS]
    print(f"US dollars a month, {prices['region']}, prices of {prices['as_of']}, UNVERIFIED ({_PRICES.name}):\n")
    heads = [f"{load.users:,} users" for load in LOADS]
    print(f"{'':24}" + "".join(f"{head:>18}" for head in heads))
    for part in columns[0]:
        print(f"{part:24}" + "".join(f"{column[part]:18,.0f}" for column in columns))
    print(f"{'Total':24}" + "".join(f"{sum(column.values()):18,.0f}" for column in columns))
    print(f"{'Tasks':24}" + "".join(f"{tasks(props, load):18}" for load in LOADS))
    print(f"{'Requests a second':24}" + "".join(f"{load.requests / _SECONDS:18,.1f}" for load in LOADS))
    print("Not included: mails and text messages, data to the internet, Container Insights, support, taxes.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
