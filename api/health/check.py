"""``python -m api.health.check``: the health check of a container; exits with 0 if the API on port 8000 lives.

It asks /readyz first, only so that the log has its answer: an orchestrator must not replace a process because Cognito,
which all processes share, cannot be used.
"""

import sys
from http.client import HTTPConnection, HTTPException

_SECONDS = 2.0


def status(port: int, path: str) -> int:
    """Return the status of ``GET path``, or 0 without a response within 2 s."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    number = int(sys.argv[1]) if sys.argv[1:] else 8000
    status(number, "/readyz")
    sys.exit(status(number, "/livez") != 200)  # noqa: PLR2004 - HTTP
