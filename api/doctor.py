"""``python -m api.doctor``: print what the deployed pool lacks. See ``api.cli.doctor``."""

import sys

from api.cli.doctor import main

if __name__ == "__main__":
    sys.exit(main())
