"""``python -m local.desk``, in the emulator's virtual environment: serve until SIGTERM."""

import os

# ministack reads them when it is imported, and would listen on all interfaces and check nothing.
os.environ |= {"AUTH": "true", "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}

from local.desk import dispatch, mailbox
from local.desk.emulator import app


def main() -> None:
    """Serve on this machine's GATEWAY_PORT, which ministack reads."""
    print("The desk is a stand-in for Amazon Cognito on this machine. It is not AWS.", flush=True)
    dispatch.install()
    app.app = mailbox.with_mailbox(app.app)
    app.main()


if __name__ == "__main__":
    main()
