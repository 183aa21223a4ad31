"""Error responses of Cognito, with AWS's exception names and messages."""


class Refusal(Exception):
    """An exception of Cognito's model: ``code``, ``message`` and HTTP ``status``."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Create the exception; ``code`` is its name in botocore's model (``NotAuthorizedException``)."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_authorized(message: str = "Incorrect username or password.") -> Refusal:
    """Return the error for a failed authentication or authorization."""
    return Refusal("NotAuthorizedException", message)


def invalid_parameter(message: str) -> Refusal:
    """Return the error for an invalid request parameter."""
    return Refusal("InvalidParameterException", message)


def limit_exceeded() -> Refusal:
    """Return the error for too many requests for the same user."""
    return Refusal("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def not_implemented(what: str) -> Refusal:
    """Return the error for an operation or option that the local Cognito does not support."""
    return Refusal("NotImplementedException", f"{what} is not implemented by the local Cognito.", 501)
