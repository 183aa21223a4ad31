"""Request and response bodies of password recovery and change."""

from pydantic import BaseModel

from api.web.fields import Code, EmailAddress, NewPassword, Password, RequestBody


class ForgotPasswordRequest(RequestBody):
    """The address of the account to recover."""

    email: EmailAddress


class ResetPasswordRequest(RequestBody):
    """The code from the e-mail and the new password."""

    email: EmailAddress
    code: Code
    new_password: NewPassword


class ResetResponse(BaseModel):
    """The result of a reset; status 204 without a body stands for ``true``."""

    sessions_ended: bool


class ChangePasswordRequest(RequestBody):
    """The old and the new password."""

    old_password: Password
    new_password: NewPassword
