"""The infrastructure: a Cognito user pool and its client, as CDK for Terraform constructs.

Import this package before ``cdktf``, which starts the Node process that runs the constructs: see ``lean_bindings.js``.
"""

import os
from pathlib import Path

_PRELOAD = f'--require "{Path(__file__).with_name("lean_bindings.js")}"'

if _PRELOAD not in os.environ.get("NODE_OPTIONS", ""):
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} {_PRELOAD}".strip()
