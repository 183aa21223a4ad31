"""What Cognito says when it refuses, in its own words."""


class Refusal(Exception):
    """An exception of Cognito's model: its ``code``, its ``message``, and the HTTP ``status`` it comes with."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Name the exception as botocore's model does (``NotAuthorizedException``)."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_authorized(message: str = "Incorrect username or password.") -> Refusal:
    """Return the refusal of a credential."""
    return Refusal("NotAuthorizedException", message)


def invalid_parameter(message: str) -> Refusal:
    """Return the refusal of an input."""
    return Refusal("InvalidParameterException", message)


def limit_exceeded() -> Refusal:
    """Return the refusal of one request too many for the same user."""
    return Refusal("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def not_implemented(what: str) -> Refusal:
    """Return the desk's own refusal: it never pretends."""
    return Refusal("NotImplementedException", f"{what} is not implemented by the desk.", 501)
