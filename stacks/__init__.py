"""The infrastructure: a Cognito user pool and its client, as CDK for Terraform constructs.

Import this package before ``cdktf``, which starts the Node process that runs the constructs: see ``lean_bindings.js``.
Where CDK Terrain, the maintained fork of cdktf, is installed in its place (``IAC=cdktn make deploy``), ``cdktf`` is an
alias of it: it has the same classes.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_PRELOAD = f'--require "{Path(__file__).with_name("lean_bindings.js")}"'

if _PRELOAD not in os.environ.get("NODE_OPTIONS", ""):
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} {_PRELOAD}".strip()

if find_spec("cdktf") is None and find_spec("cdktn"):
    sys.modules["cdktf"] = import_module("cdktn")
