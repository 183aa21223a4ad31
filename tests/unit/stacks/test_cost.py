"""The estimate of a month: the parts follow from the props and the load."""

import subprocess
import sys
from pathlib import Path

import pytest

from stacks.cost import LOADS, estimate, tasks
from stacks.hosting.props import NewNetwork
from stacks.terraform import DeployError
from tests.support.hosting import DEFAULT, LARGE
from tests.support.servers import ROOT, environment

SMALL, MEDIUM, BUSY = LOADS


def test_cognito_dominates_from_a_hundred_thousand_users() -> None:
    parts = estimate(DEFAULT, "ESSENTIALS", MEDIUM)
    assert parts["Cognito (ESSENTIALS)"] == pytest.approx(1350)
    assert parts["Cognito (ESSENTIALS)"] > 5 * (sum(parts.values()) - parts["Cognito (ESSENTIALS)"])
    assert estimate(DEFAULT, "ESSENTIALS", SMALL)["Cognito (ESSENTIALS)"] == 0


def test_more_tasks_run_under_load_up_to_the_maximum() -> None:
    assert tasks(DEFAULT, SMALL) == DEFAULT.min_tasks
    assert DEFAULT.min_tasks < tasks(DEFAULT, BUSY) <= DEFAULT.max_tasks


def test_parts_that_are_left_out_cost_nothing() -> None:
    cheap = DEFAULT.model_copy(update={"network": NewNetwork(nat_gateways=0)})
    assert estimate(cheap, "LITE", SMALL)["Network"] < estimate(DEFAULT, "LITE", SMALL)["Network"]
    assert estimate(DEFAULT, "LITE", SMALL)["Valkey"] == 0
    assert estimate(LARGE, "LITE", SMALL)["Valkey"] > 0


def test_node_type_without_a_price_is_refused() -> None:
    with pytest.raises(DeployError, match=r"no price of cache.r7g.large"):
        estimate(DEFAULT.model_copy(update={"valkey_node_type": "cache.r7g.large"}), "LITE", SMALL)


def test_command_prints_three_loads_and_says_that_prices_are_unverified(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    file = tmp_path / "environments/dev.toml"
    command = [sys.executable, "-m", "stacks.cost"]
    settings = environment(PYTHONPATH=str(ROOT))
    refused = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "needs the table [hosting]" in refused.stderr
    file.write_text(
        '[hosting]\ndomain = "api.example.com"\nhosted_zone_id = "Z1"\nuser_pool_id = "us-east-1_AbCdEfGhI"\n'
    )
    printed = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=True).stdout
    assert "UNVERIFIED" in printed
    assert "5,000,000 users" in printed
