"""The CDKTF application: `cdktf synth` and `cdktf deploy` run this file; `stacks/environments.py` says what of."""

import sys

# By way of `stacks`, which prepares what cdktf starts.
from stacks.environments import App, declare

app = App()
try:
    declare(app)
except ValueError as error:
    sys.exit(str(error))
app.synth()
