"""``python -m api.iam``: print the IAM policy that the API needs. See ``api.cli.iam``."""

import sys

from api.cli.iam import main

if __name__ == "__main__":
    sys.exit(main())
