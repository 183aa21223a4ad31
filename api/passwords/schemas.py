"""Bodies of password recovery and change."""

from api.web.fields import Code, EmailAddress, Password, RequestBody


class ForgotPasswordRequest(RequestBody):
    """Whose password was forgotten."""

    email: EmailAddress


class ResetPasswordRequest(RequestBody):
    """The code from the mail and the new password."""

    email: EmailAddress
    code: Code
    new_password: Password


class ChangePasswordRequest(RequestBody):
    """The password and its successor."""

    old_password: Password
    new_password: Password
