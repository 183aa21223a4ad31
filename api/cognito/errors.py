"""Cognito's error answers, before they are situations."""

# CommonErrors of the API reference; botocore retries the same names.
THROTTLING = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}

NOT_IMPLEMENTED = 501


class CognitoError(Exception):
    """An error answer of Cognito. ``message`` is upstream text: never log it, never pass it on."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Carry the HTTP status, the exception's name and its message."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        # Whether an earlier send of the same request may have been executed without our hearing of it.
        self.after_lost_send = False

    @property
    def throttled(self) -> bool:
        """Whether the request was turned away for its rate, and so not executed."""
        return self.code in THROTTLING or self.status == 429  # noqa: PLR2004 - HTTP

    @property
    def server_fault(self) -> bool:
        """Whether Cognito failed, executed or not."""
        return is_server_fault(self.status)


def is_server_fault(status: int) -> bool:
    """Tell whether Cognito failed; 501 is what an emulator says of what it does not have."""
    return status >= 500 and status != NOT_IMPLEMENTED  # noqa: PLR2004 - HTTP
