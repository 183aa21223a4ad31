"""The CDKTF application: `cdktf synth` and `cdktf deploy` run this file; the stacks are in `stacks/environments.py`."""

import sys

# Import `App` through `stacks`, which must be imported before `cdktf`.
from stacks.environments import App, declare

app = App()
try:
    declare(app)
except ValueError as error:
    sys.exit(str(error))
app.synth()
