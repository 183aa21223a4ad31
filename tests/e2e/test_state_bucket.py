"""Terraform state in a bucket."""

import json
import re
import stat
from pathlib import Path
from typing import Any

from tests.e2e.deployments import aws
from tests.e2e.terraform import TerraformWorkspace


def test_state_in_bucket_is_encrypted_and_locked(workshop: TerraformWorkspace, emulator_url: str) -> None:
    bucket: dict[str, Any] = {"STATE_BUCKET": "sign-in-state", "STATE_REGION": "us-east-1"}
    workshop.make("bootstrap", "--auto-approve", "--skip-provider-lock", **bucket)
    outputs = json.loads((workshop.directory / "terraform.state-bucket.tfstate").read_text())["outputs"]
    bucket["STATE_KMS_KEY_ARN"] = outputs["state_kms_key_arn"]["value"]
    dropped = json.loads((workshop.directory / "dropped.json").read_text())
    # Since provider 4, parts of a bucket are separate resources; tests/snapshot covers them.
    assert all(name.startswith("aws_s3_bucket_") for name in dropped), dropped

    throw_away: dict[str, Any] = {"USER_POOL_REMOVAL_POLICY": "destroy"}
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **throw_away)
    s3 = aws("s3", emulator_url)
    _move_state(workshop, s3, bucket, throw_away)
    throw_away |= bucket
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock", **throw_away)
    kept = s3.get_object(Bucket="sign-in-state", Key="shop/auth.tfstate")
    assert (kept["ServerSideEncryption"], kept["SSEKMSKeyId"]) == ("aws:kms", bucket["STATE_KMS_KEY_ARN"])
    state = json.loads(kept["Body"].read())
    assert any(row["type"] == "aws_cognito_user_pool" for row in state["resources"])
    assert not [*workshop.directory.glob("terraform.auth.tfstate*")]

    s3.put_object(Bucket="sign-in-state", Key="shop/auth.tfstate.tflock", Body=json.dumps({"ID": "another-process"}))
    refused = workshop.make("deploy", "--auto-approve", "--skip-provider-lock", check=False, **throw_away)
    assert "Error acquiring the state lock" in re.sub(r"\x1b\[[0-9;]*m", "", refused)
    s3.delete_object(Bucket="sign-in-state", Key="shop/auth.tfstate.tflock")
    workshop.make("destroy", "--auto-approve", **throw_away)


def _move_state(workshop: TerraformWorkspace, s3: Any, bucket: dict[str, Any], more: dict[str, Any]) -> None:
    """Move the state as docs/operations.md describes; until it is moved, every plan elsewhere is refused."""
    elsewhere = workshop.make("guard", check=False, **bucket, **more)
    assert "its state was in local and would be in s3://sign-in-state" in elsewhere
    copy = workshop.directory / "moved.tfstate"
    state_file = ("python", "-m", "stacks.state_file")
    workshop.run(*state_file, "pull", copy.name, **more)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "exists, and would be overwritten" in workshop.run(*state_file, "pull", copy.name, check=False, **more)
    workshop.run(*state_file, "push", copy.name, **bucket, **more)
    assert json.loads((workshop.directory / "locks/auth.json").read_text())["state"] == "s3://sign-in-state"
    for file in workshop.directory.glob("terraform.auth.tfstate*"):
        file.unlink()
    assert "No changes" in workshop.make("diff", "--skip-provider-lock", **bucket, **more)
    # A product gets its name the same way.
    copy.unlink()
    workshop.run(*state_file, "pull", copy.name, **bucket, **more)
    (workshop.directory / "environments").mkdir()
    (workshop.directory / "environments/dev.toml").write_text('product = "shop"\nvariables.user_pool_name = "auth"\n')
    assert "would be in s3://sign-in-state/shop" in workshop.make("guard", check=False, **bucket, **more)
    workshop.run(*state_file, "push", copy.name, **bucket, **more)
    assert "0 to add, 2 to change, 0 to destroy" in workshop.make("diff", **bucket, **more)
    s3.delete_object(Bucket="sign-in-state", Key="auth.tfstate")
    _another_product_is_apart(workshop, copy, bucket, more)


def _another_product_is_apart(
    workshop: TerraformWorkspace, state: Path, bucket: dict[str, Any], more: dict[str, Any]
) -> None:
    """A second product in the same bucket, account and region has nothing of the first; its own state is empty."""
    file, lock = (workshop.directory / name for name in ("environments/dev.toml", "locks/auth.json"))
    shop, locked = file.read_text(), lock.read_text()
    file.write_text('product = "desk"\n')
    lock.unlink()
    assert "2 to add, 0 to change, 0 to destroy" in workshop.make("diff", **bucket, **more)
    lock.write_text(locked)
    file.write_text(shop)
    state.unlink()
