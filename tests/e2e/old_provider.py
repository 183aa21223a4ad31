"""Fit the synthesized stack to the one AWS provider that can be had offline, and to a local endpoint.

``cdktf deploy`` runs this file in place of ``main.py``. The stack is synthesized unchanged; then everything
that provider 3.39.0 does not know, by its own schema, is dropped and written to ``dropped.json``.
"""

import json
import os
import runpy
from pathlib import Path
from typing import Any

VERSION = "3.39.0"
ROOT = Path(__file__).parent.parent.parent
Json = dict[str, Any]


def main() -> None:
    runpy.run_path(str(ROOT / "main.py"))
    stack_file = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")) / "stacks/auth/cdk.tf.json"
    stack: Json = json.loads(stack_file.read_text())
    schema: Json = json.loads(Path(os.environ["E2E_PROVIDER_SCHEMA"]).read_text())
    dropped = drop_unknown(stack, schema)
    point_at(stack, os.environ["E2E_ENDPOINT"])
    stack_file.write_text(json.dumps(stack))
    Path("dropped.json").write_text(json.dumps(dropped))


def drop_unknown(stack: Json, schema: Json) -> list[str]:
    """Remove what the provider's schema lacks; return ``type.attribute`` of each, sorted."""
    (provider,) = schema["provider_schemas"].values()
    dropped: list[str] = []
    for kind, resources in stack["resource"].items():
        block = provider["resource_schemas"][kind]["block"]
        known = {*block["attributes"], *block.get("block_types", {}), "//", "lifecycle"}
        for resource in resources.values():
            for name in sorted(resource.keys() - known):
                del resource[name]
                dropped.append(f"{kind}.{name}")
    return sorted(dropped)


def point_at(stack: Json, endpoint: str) -> None:
    """Pin the old provider and send it to ``endpoint``."""
    stack["terraform"]["required_providers"]["aws"]["version"] = VERSION
    (provider,) = stack["provider"]["aws"]
    provider |= {
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_requesting_account_id": True,
        "max_retries": 1,
        "endpoints": [{"cognitoidp": endpoint, "sts": endpoint, "ec2": endpoint}],
    }


if __name__ == "__main__":
    main()
