"""``python -m local.desk``, in the emulator's virtual environment: serve until SIGTERM."""

from local.desk import dispatch, mailbox
from local.desk.emulator import app


def main() -> None:
    """Serve on BIND_HOST and GATEWAY_PORT, which ministack reads."""
    print("The desk is a stand-in for Amazon Cognito on this machine. It is not AWS.", flush=True)
    dispatch.install()
    app.app = mailbox.with_mailbox(app.app)
    app.main()


if __name__ == "__main__":
    main()
