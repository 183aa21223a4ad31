"""What the hosting stack refuses, with the value, what is allowed and the fix."""

from typing import Any

import pytest
from pydantic import ValidationError

from stacks.hosting.props import HostingProps
from stacks.props import explain
from tests.support.hosting import DEFAULT, POOL, ZONE

GIVEN: dict[str, Any] = {"domain": "api.example.com", "hosted_zone_id": ZONE, "user_pool_id": POOL}
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
EXISTING = {
    "vpc_id": "vpc-0123456789abcdef0",
    "cidr": "10.0.0.0/16",
    "public_subnet_ids": SUBNETS,
    "task_subnet_ids": SUBNETS,
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "domain": ({"domain": "https://api.example.com"}, "a host such as api.example.com"),
    "long domain": ({"domain": f"{'a' * 60}.example.com"}, "set certificate_arn"),
    "no certificate": ({"hosted_zone_id": None}, "set certificate_arn"),
    "double hyphen": ({"name": "shop--api"}, "single hyphens"),
    "reserved name": ({"name": "internal-shop"}, "not begin with sg- or internal-"),
    "long name": ({"name": "a" * 29}, "2 to 28 characters"),
    "digest": ({"image_digest": "latest"}, "a digest, sha256:..."),
    "memory": ({"memory": 1536}, "Fargate offers with cpu = 256: 512, 1024, 2048"),
    "tasks": ({"min_tasks": 4, "max_tasks": 3}, "at least min_tasks = 4"),
    "one task": ({"min_tasks": 1}, "greater than or equal to 2"),
    "public network": ({"network": {"cidr": "8.8.0.0/16"}}, "a private IPv4 network"),
    "host bits": ({"network": {"cidr": "10.20.0.1/16"}}, "without host bits"),
    "small network": ({"network": {"cidr": "10.20.0.0/24"}}, "its size must be /16 to /22"),
    "large network": ({"network": {"cidr": "10.0.0.0/8"}}, "its size must be /16 to /22"),
    "zone twice": ({"network": {"zones": ["a", "a"]}}, "'a' is there more than once"),
    "one zone": ({"network": {"zones": ["a"]}}, "at least 2 items"),
    "gateways": ({"network": {"nat_gateways": 3}}, "at most one for each of the 2 zones"),
    "vpc": ({"network": EXISTING | {"vpc_id": "subnet-0123456789abcdef0"}}, "an id such as vpc-"),
    "closed without addresses": ({"close_pool": True, "network": {"nat_gateways": 0}}, "set nat_gateways = 1"),
    "closed existing network": ({"close_pool": True, "network": EXISTING}, "outgoing_addresses"),
    "closed hosted pages": (
        {"close_pool": True, "settings": {"OAUTH_CALLBACK_URL": "https://api.example.com/oauth/callback"}},
        "close them to all browsers",
    ),
    "own setting": ({"settings": {"STATE_STORE": "memory://"}}, "the stack sets it; see state_table"),
    "lower-case setting": ({"settings": {"trusted_proxies": "0.0.0.0/0"}}, "the name of a setting in capitals"),
    "secret in the open": ({"settings": {"METRICS_TOKEN": "0123456789abcdef"}}, "into secret_settings"),
    "secret without ARN": ({"secret_settings": {"METRICS_TOKEN": "0123456789abcdef"}}, "the ARN of a secret"),
    "sealing keys": (
        {"secret_settings": {"SEALING_KEYS": "arn:aws:secretsmanager:us-east-1:111122223333:secret:keys-AbCdEf"}},
        "make hosting-secrets",
    ),
    "quiet log": ({"settings": {"LOG_LEVEL": "ERROR"}}, "use INFO or DEBUG"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_argument_is_refused_with_the_fix(name: str) -> None:
    arguments, message = REFUSED[name]
    with pytest.raises(ValidationError) as raised:
        HostingProps.model_validate(GIVEN | arguments)
    assert message in explain(raised.value)


def test_setting_twice_is_refused() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:name-AbCdEf"
    both = {"settings": {"APP_NAME": "Shop"}, "secret_settings": {"APP_NAME": arn}}
    with pytest.raises(ValidationError, match="in secret_settings, too"):
        HostingProps.model_validate(GIVEN | both)


def test_secrets_are_not_repeated_in_the_message() -> None:
    with pytest.raises(ValidationError) as raised:
        HostingProps.model_validate(GIVEN | {"settings": {"METRICS_TOKEN": "canary-0123456789"}})
    assert "canary" not in explain(raised.value)


def test_defaults_are_two_tasks_in_two_zones_behind_one_gateway() -> None:
    assert (DEFAULT.min_tasks, DEFAULT.cpu, DEFAULT.memory) == (2, 256, 512)
    assert DEFAULT.network.model_dump() == {"cidr": "10.20.0.0/16", "zones": ("a", "b"), "nat_gateways": 1}
