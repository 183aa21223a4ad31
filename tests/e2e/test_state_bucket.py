"""Terraform state in a bucket."""

import json
import re
import shutil
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
    kept = s3.get_object(Bucket="sign-in-state", Key="auth.tfstate")
    assert (kept["ServerSideEncryption"], kept["SSEKMSKeyId"]) == ("aws:kms", bucket["STATE_KMS_KEY_ARN"])
    state = json.loads(kept["Body"].read())
    assert any(row["type"] == "aws_cognito_user_pool" for row in state["resources"])
    assert not [*workshop.directory.glob("terraform.auth.tfstate*")]

    s3.put_object(Bucket="sign-in-state", Key="auth.tfstate.tflock", Body=json.dumps({"ID": "another-process"}))
    refused = workshop.make("deploy", "--auto-approve", "--skip-provider-lock", check=False, **throw_away)
    assert "Error acquiring the state lock" in re.sub(r"\x1b\[[0-9;]*m", "", refused)
    s3.delete_object(Bucket="sign-in-state", Key="auth.tfstate.tflock")
    workshop.make("destroy", "--auto-approve", **throw_away)


def _move_state(workshop: TerraformWorkspace, s3: Any, bucket: dict[str, Any], more: dict[str, Any]) -> None:
    """Move the state as docs/operations.md describes; until it is moved, the guard refuses a second pool."""
    lock, state = (workshop.directory / name for name in ("locks/auth.json", "terraform.auth.tfstate"))
    elsewhere = workshop.make("guard", check=False, **bucket, **more)
    assert "its state was in local and would be in s3://sign-in-state" in elsewhere
    lock.write_text(lock.read_text().replace('"local"', '"s3://sign-in-state"'))
    without = workshop.make("guard", check=False, **bucket, **more)
    assert "aws_cognito_user_pool.user_pool would be created a second time" in without
    key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": bucket["STATE_KMS_KEY_ARN"]}
    s3.put_object(Bucket="sign-in-state", Key="auth.tfstate", Body=state.read_bytes(), **key)
    for file in workshop.directory.glob("terraform.auth.tfstate*"):
        file.unlink()
    shutil.rmtree(workshop.directory / "cdktf.out", ignore_errors=True)
    assert "No changes" in workshop.make("diff", "--skip-provider-lock", **bucket, **more)
