"""Adapt the synthesized stack to the only AWS provider that is available offline, and to a local endpoint.

``cdktf deploy`` runs this file in place of ``main.py``. The stack is synthesized unchanged; then everything
that the schema of provider 3.39.0 lacks is dropped and listed in ``dropped.json``.
"""

import json
import os
import runpy
from pathlib import Path
from typing import Any

from stacks.auth.stack import AuthStack
from stacks.environments import App
from stacks.state import LocalState, keep_state
from stacks.terraform import only_stack
from tests.e2e.scenarios import SCENARIOS

VERSION = "3.39.0"
ROOT = Path(__file__).parent.parent.parent
Json = dict[str, Any]
# The provider knows these types, but not the values that the stack sets.
TOO_NEW = {"aws_s3_bucket_ownership_controls"}
SERVICES = (
    "acm",
    "applicationautoscaling",
    "cloudwatch",
    "cloudwatchlogs",
    "cognitoidp",
    "dynamodb",
    "ecr",
    "ecs",
    "elasticache",
    "elb",
    "iam",
    "kms",
    "lambda",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "ssm",
    "wafv2",
)


def main() -> None:
    if scenario := os.environ.get("E2E_SCENARIO"):
        app = App()
        keep_state(AuthStack(app, "auth", SCENARIOS[scenario]), LocalState())
        app.synth()
    else:
        runpy.run_path(str(ROOT / "main.py"))
    if os.environ.get("SYNTH_HCL_OUTPUT") == "true":
        return
    out = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    stack_file = only_stack(out) / "cdk.tf.json"
    stack: Json = json.loads(stack_file.read_text())
    schema: Json = json.loads(Path(os.environ["E2E_PROVIDER_SCHEMA"]).read_text())
    for address in stack["resource"].get("aws_eip", {}).values():
        # The older name of the same argument.
        address["vpc"] = address.pop("domain") == "vpc"
    if "E2E_RUNS_NOTHING" in os.environ:
        # An emulator that starts no tasks, so that none would ever be steady, and that keeps one policy for a service.
        policies: Json = stack["resource"].get("aws_appautoscaling_policy", {})
        for name in [name for name in policies if "requests" in name]:
            del policies[name]
        for service in stack["resource"].get("aws_ecs_service", {}).values():
            service["wait_for_steady_state"] = False
    if image := os.environ.get("E2E_IMAGE"):
        run_locally(stack, image, json.loads(os.environ["E2E_TASK_ENVIRONMENT"]))
    dropped = drop_unknown(stack, schema)
    point_at(stack, os.environ["E2E_ENDPOINT"])
    # Terraform shows the lines of an error.
    stack_file.write_text(json.dumps(stack, indent=1))
    Path("dropped.json").write_text(json.dumps(dropped))


def run_locally(stack: Json, image: str, environment: dict[str, str]) -> None:
    """Let the tasks run an image that no registry has, with the settings that an emulator of AWS needs."""
    for task in stack["resource"].get("aws_ecs_task_definition", {}).values():
        (container,) = json.loads(task["container_definitions"])
        container["image"] = image
        container["environment"] += [{"name": name, "value": value} for name, value in environment.items()]
        task["container_definitions"] = json.dumps([container])


def drop_unknown(stack: Json, schema: Json) -> list[str]:
    """Remove what the provider's schema lacks; return ``type.attribute`` of each, sorted."""
    (provider,) = schema["provider_schemas"].values()
    dropped: list[str] = []
    for kind, resources in list(stack["resource"].items()):
        if kind not in provider["resource_schemas"] or kind in TOO_NEW:
            del stack["resource"][kind]
            dropped.append(kind)
            continue
        for resource in resources.values():
            dropped += [f"{kind}.{name}" for name in _drop(resource, provider["resource_schemas"][kind]["block"])]
    return sorted({*dropped})


def _drop(value: Json, block: Json) -> list[str]:
    nested: Json = block.get("block_types", {})
    known = {*block.get("attributes", {}), *nested, "//", "lifecycle", "depends_on"}
    dropped = sorted(value.keys() - known)
    for name in dropped:
        del value[name]
    if ignored := value.get("lifecycle", {}).get("ignore_changes"):
        value["lifecycle"]["ignore_changes"] = [path for path in ignored if path.partition("[")[0] in known]
    for name in value.keys() & nested.keys():
        members: list[Json] = value[name] if isinstance(value[name], list) else [value[name]]
        for member in members:
            dropped += [f"{name}.{inner}" for inner in _drop(member, nested[name]["block"])]
    return dropped


def point_at(stack: Json, endpoint: str) -> None:
    """Pin the old provider and send it to ``endpoint``."""
    stack["terraform"]["required_providers"]["aws"]["version"] = VERSION
    (provider,) = stack["provider"]["aws"]
    if backend := stack["terraform"].get("backend", {}).get("s3"):
        backend |= {
            "access_key": "test",
            "secret_key": "test",
            "endpoints": {"s3": endpoint},
            "use_path_style": True,
            **dict.fromkeys(
                (
                    "skip_credentials_validation",
                    "skip_metadata_api_check",
                    "skip_region_validation",
                    "skip_requesting_account_id",
                ),
                True,
            ),
        }
    provider |= {
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "max_retries": 1,
        "s3_force_path_style": True,
        "endpoints": [dict.fromkeys((*SERVICES, "sts", "ec2"), endpoint)],
    }


if __name__ == "__main__":
    main()
