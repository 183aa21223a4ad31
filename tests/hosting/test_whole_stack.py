"""The whole hosting stack, applied to moto: every resource, a second plan, and its end. Moto runs no tasks."""

import json
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.e2e.deployments import aws
from tests.e2e.terraform import TerraformWorkspace, terraform_from_package, terraform_on_path
from tests.support.servers import environment, free_port, stop, wait_for

# The provider of 2021 does not know these arguments; they are in the snapshots, and no apply tests them.
DROPPED = [
    "aws_dynamodb_table.deletion_protection_enabled",
    "aws_ecr_repository.force_delete",
    "aws_ecs_service.alarms",
    "aws_ecs_service.availability_zone_rebalancing",
    "aws_ecs_task_definition.runtime_platform",
    "aws_ecs_task_definition.skip_destroy",
    "aws_lb.desync_mitigation_mode",
    "aws_lb.xff_header_processing_mode",
]
# Moto forgets the grace period: each plan would set it again. It has one scaling policy for each service, so that the
# one by requests is left out.
FORGOTTEN = {"aws_ecs_service.service"}
SETTINGS = {"HOSTING": "fargate", "HOSTING_REMOVAL_POLICY": "destroy", "E2E_RUNS_NOTHING": "1"}


@pytest.fixture
def moto(tmp_path: Path) -> Generator[str]:
    port = free_port()
    log = tmp_path / "moto.log"
    command = [sys.executable, "-m", "moto.server", "--port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment(), stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    wait_for(f"{url}/moto-api/", server, log)
    yield url
    stop(server, log)


def test_whole_stack_is_applied_once_and_destroyed(moto: str, tmp_path: Path) -> None:
    workshop = TerraformWorkspace(tmp_path, moto, terraform_on_path(tmp_path) or terraform_from_package(tmp_path))
    zone = aws("route53", moto).create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    (tmp_path / "environments").mkdir()
    text = (
        f'[hosting]\ndomain = "api.example.com"\nhosted_zone_id = "{zone.rpartition("/")[2]}"\n'
        f'user_pool_id = "us-east-1_AbCdEfGhI"\nalarm_mail = "operators@example.com"\n'
    )
    file = tmp_path / "environments/dev.toml"

    # The three steps of docs/hosting.md: everything but the service, the image, the service.
    file.write_text(text)
    workshop.make("deploy", "--auto-approve", check=True, **SETTINGS)
    assert aws("ecs", moto).list_services(cluster="sign-in")["serviceArns"] == []
    # The pool is closed once the addresses are known: this provider cannot plan a set of unknown ones.
    file.write_text(f'{text}image_digest = "sha256:{"0f" * 32}"\nclose_pool = true\n')
    workshop.make("deploy", "--auto-approve", check=True, **SETTINGS)
    assert json.loads((tmp_path / "dropped.json").read_text()) == DROPPED

    (outputs,) = json.loads((tmp_path / "hosting.json").read_text()).values()
    assert outputs["service_name"] == "sign-in"
    lock = json.loads((tmp_path / "locks/hosting.json").read_text())
    assert lock == {"account": "123456789012", "region": "us-east-1", "state": "local"}

    changed = re.findall(
        r"# (\S+?)(?:_[0-9A-F]{8})? (?:will be|must be)", workshop.make("diff", check=True, **SETTINGS)
    )
    assert {*changed} <= FORGOTTEN

    refused = workshop.make("destroy", "--auto-approve", check=False, **SETTINGS | {"HOSTING_REMOVAL_POLICY": "retain"})
    assert "prevent_destroy" in refused
    assert aws("dynamodb", moto).list_tables()["TableNames"] == ["sign-in-state"]
    workshop.make("destroy", "--auto-approve", check=True, **SETTINGS)
    assert aws("dynamodb", moto).list_tables()["TableNames"] == []
    assert not (tmp_path / "locks/hosting.json").exists()
