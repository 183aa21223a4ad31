"""Error responses of Cognito, before they are mapped to this API's errors."""

# CommonErrors of the API reference; botocore retries the same names.
THROTTLING = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}

NOT_IMPLEMENTED = 501


class CognitoError(Exception):
    """An error response of Cognito. ``message`` is upstream text: never log it, never pass it on."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Store the HTTP status, the exception's name and its message."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        # Whether an earlier attempt of the same request may have been executed with its response lost.
        self.after_lost_send = False

    @property
    def throttled(self) -> bool:
        """Whether the request was throttled, and therefore not executed."""
        return self.code in THROTTLING or self.status == 429  # noqa: PLR2004 - HTTP

    @property
    def server_fault(self) -> bool:
        """Whether Cognito failed; the request may have been executed."""
        return is_server_fault(self.status)


def is_server_fault(status: int) -> bool:
    """Return whether Cognito failed; emulators return 501 for operations that they do not implement."""
    return status >= 500 and status != NOT_IMPLEMENTED  # noqa: PLR2004 - HTTP
