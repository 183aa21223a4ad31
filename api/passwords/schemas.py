"""Request bodies of password recovery and change."""

from api.web.fields import Code, EmailAddress, Password, RequestBody


class ForgotPasswordRequest(RequestBody):
    """The address of the account to recover."""

    email: EmailAddress


class ResetPasswordRequest(RequestBody):
    """The code from the e-mail and the new password."""

    email: EmailAddress
    code: Code
    new_password: Password


class ChangePasswordRequest(RequestBody):
    """The old and the new password."""

    old_password: Password
    new_password: Password
