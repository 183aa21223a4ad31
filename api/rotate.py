"""``python -m api.rotate``: rotate the client secret. See ``api.cli.rotate``."""

import sys

from api.cli.rotate import main

if __name__ == "__main__":
    sys.exit(main())
