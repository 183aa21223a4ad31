"""``api.doctor`` on a live pool: passed checks, findings, and its output when it cannot read the pool."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.doctor_checks import CHECKS
from local.provision import cognito_client, provision
from tests.support.pools import change_client
from tests.support.servers import ROOT, environment

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def doctor(**settings: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "api.doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**settings), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return done


@pytest.fixture
def pool(emulator_url: str, tmp_path: Path) -> dict[str, str]:
    provision(emulator_url, tmp_path / "outputs.json")
    return {"STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"), "AWS_ENDPOINT_URL": emulator_url, **CREDENTIALS}


def test_doctor_provisioned_pool_passes_every_check(pool: dict[str, str]) -> None:
    done = doctor(**pool)
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("ok")] == []
    assert done.returncode == 0
    assert len(lines) == len(CHECKS) + 1


def test_doctor_changed_pool_reports_each_deviation(pool: dict[str, str], emulator_url: str) -> None:
    cognito: Any = cognito_client(emulator_url)
    outputs = Path(pool["STACK_OUTPUTS_FILE"])
    ids = provision(emulator_url, outputs)
    pool_id, client_id = (str(ids[f"cognito_user_pool_{name}"]) for name in ("id", "client_id"))
    change_client(
        emulator_url,
        pool_id,
        client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        PreventUserExistenceErrors="LEGACY",
        AccessTokenValidity=120,
    )
    cognito.update_user_pool(
        UserPoolId=pool_id,
        AutoVerifiedAttributes=["email"],
        DeletionProtection="INACTIVE",
        Policies={"PasswordPolicy": {"MinimumLength": 7}},
    )
    done = doctor(**pool, PASSWORDLESS="on")
    assert done.returncode == 1
    found = [line for line in done.stdout.splitlines() if not line.startswith("ok")]
    text = "\n".join(found)
    for part in (
        "missing  not met: sign-in with a password is allowed; to fix: add ALLOW_USER_PASSWORD_AUTH to",
        "missing  not met: sign-in without a password is allowed",
        "missing  not met: the password policy in the outputs matches the pool",
        "weak     not met: passwords require 8 characters",
        "weak     not met: Cognito does not reveal which accounts exist",
        "weak     not met: access tokens are valid for at most an hour",
        "weak     not met: a new e-mail address takes effect only after verification",
        "weak     not met: the pool cannot be deleted by mistake",
    ):
        assert part in text


def test_doctor_without_credentials_reports_unknown(pool: dict[str, str], tmp_path: Path) -> None:
    nobody = {
        **pool,
        "AWS_ACCESS_KEY_ID": "",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = doctor(**{name: value for name, value in nobody.items() if value})
    assert done.returncode == 1
    assert "unknown  the live pool cannot be read" in done.stdout


def test_doctor_without_outputs_suggests_make_deploy(tmp_path: Path) -> None:
    done = doctor(STACK_OUTPUTS_FILE=str(tmp_path / "nothing.json"))
    assert done.returncode == 1
    assert "missing" in done.stdout
    assert "make deploy" in done.stdout
