"""The CDKTF application: `cdktf synth` and `cdktf deploy` run this file."""

import os
import sys

from cdktf import App

from stacks.auth_stack import AuthStack
from stacks.user_pool import RemovalPolicy

try:
    removal_policy = RemovalPolicy(os.environ.get("USER_POOL_REMOVAL_POLICY", RemovalPolicy.RETAIN))
except ValueError as error:
    sys.exit(f"USER_POOL_REMOVAL_POLICY: {error}; allowed: {', '.join(RemovalPolicy)} (default: retain).")

app = App()
AuthStack(app, "auth", removal_policy=removal_policy, revocation_table=os.environ.get("REVOCATION_TABLE"))
app.synth()
