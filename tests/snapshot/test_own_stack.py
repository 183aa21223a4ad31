"""The constructs in an application of somebody else: examples/own_stack."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.servers import ROOT, environment


def test_constructs_are_used_twice_in_another_application(tmp_path: Path) -> None:
    settings = environment(CDKTF_OUTDIR=str(tmp_path))
    command = [sys.executable, "-m", "examples.own_stack.main"]
    subprocess.run(command, cwd=ROOT, env=settings, check=True)
    resources = json.loads((tmp_path / "stacks/own/cdk.tf.json").read_text())["resource"]
    assert {kind: len(found) for kind, found in resources.items()} == {
        "aws_cognito_managed_login_branding": 2,
        "aws_cognito_user_pool": 2,
        "aws_cognito_user_pool_client": 4,
        "aws_cognito_user_pool_domain": 2,
        "aws_lambda_function": 1,
        "aws_lambda_permission": 1,
    }
    assert resources["aws_cognito_user_pool"].keys() == {"staff", "customers"}
    (permission,) = resources["aws_lambda_permission"].values()
    assert permission["function_name"] == "${aws_lambda_function.staff_only.arn}"
    assert permission["source_arn"] == "${aws_cognito_user_pool.staff.arn}"


def test_every_construct_is_usable_twice_in_a_stack() -> None:
    """What the example does not use: groups, providers, resource servers, logs, web ACL, table, secret, risks."""
    program = """
import json
from stacks.auth.groups import Group, Groups
from stacks.auth.identity_providers import Google, IdentityProviders
from stacks.auth.monitoring import LogDeliveries, LogDelivery, WebAcl
from stacks.auth.resource_servers import ResourceServer, ResourceServers, Scope
from stacks.state_table import StateTable
from stacks.auth.secret_store import SecretStore, StoredSecret
from stacks.auth.user_pool.threat_protection import RiskConfiguration, ThreatProtection
from cdktf import TerraformStack, Testing
stack = TerraformStack(Testing.app(), "twice")
for n in "ab":
    pool = {"user_pool_id": n}
    Groups(stack, f"groups_{n}", **pool, groups=(Group(name="staff"),))
    IdentityProviders(stack, f"idp_{n}", **pool, providers=[Google(client_id="x")], secrets={"Google": "${var.x}"})
    ResourceServers(stack, f"rs_{n}", **pool, servers=(
        ResourceServer(identifier="orders", name="Orders", scopes=(Scope(name="read", description="Read"),)),))
    log = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/x"
    LogDeliveries(stack, f"logs_{n}", **pool, logs=(LogDelivery(event_source="userNotification", destination_arn=log),))
    WebAcl(stack, f"acl_{n}", user_pool_arn="p", web_acl_arn="arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1")
    StateTable(stack, f"table_{n}", name=f"table-{n}")
    StoredSecret(stack, f"secret_{n}", props=SecretStore(name=f"secret-{n}"), value="v", retain=True)
    RiskConfiguration(stack, f"risk_{n}", **pool, props=ThreatProtection(mode="AUDIT"))
print(json.dumps({kind: len(found) for kind, found in json.loads(Testing.synth(stack))["resource"].items()}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    counts = json.loads(done.stdout)
    assert len(counts) == 9
    assert {*counts.values()} == {2}


def test_bindings_are_as_they_were_for_others() -> None:
    """`stacks` imports the bindings lazily; other code of the process sees the package that it knows."""
    program = """
import stacks.aws
import cdktf_cdktf_provider_aws as aws
from cdktf_cdktf_provider_aws import s3_bucket
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
assert aws.sqs_queue.SqsQueue is SqsQueue
assert aws.s3_bucket is s3_bucket
assert aws.vpc.Vpc.__name__ == "Vpc"
assert not hasattr(aws, "nonsense")
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), check=True)
