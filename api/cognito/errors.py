"""Cognito's error answers, before they are situations."""

# CommonErrors of the API reference; botocore retries the same names.
THROTTLING = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}


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
        return self.status >= 500 and self.status != 501  # noqa: PLR2004 - HTTP
