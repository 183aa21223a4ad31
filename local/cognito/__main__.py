"""``python -m local.cognito``: serve until SIGTERM. It runs in the emulator's virtual environment."""

import os

# ministack reads these variables at import; by default it listens on all interfaces and checks no signatures or codes.
os.environ |= {"AUTH": "true", "BIND_HOST": os.environ.get("BIND_HOST", "127.0.0.1"), "IOT_MTLS_ENABLED": "0"}

from local.cognito import dispatch, hosted_pages, mailbox, secrets_manager
from local.cognito.emulator import app


def main() -> None:
    """Serve at the port GATEWAY_PORT, which ministack reads; on loopback, unless BIND_HOST names another address.

    In a container it needs another one, and LOCAL_NAMES: the names, comma-separated, by which it is called there.
    """
    print("The local Cognito is an emulator of Amazon Cognito on this machine. It is not AWS.", flush=True)
    dispatch.install()
    secrets_manager.install()
    app.app = mailbox.with_mailbox(hosted_pages.with_hosted_pages(app.app))
    app.main()


if __name__ == "__main__":
    main()
