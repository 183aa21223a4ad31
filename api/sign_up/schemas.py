"""Request and response bodies of sign-up and verification."""

from typing import Annotated

from pydantic import Field

from api.web.fields import Code, EmailAddress, NewEmailAddress, NewPassword, Password, RequestBody, SealedSession


class SignupRequest(RequestBody):
    """A new account."""

    email: NewEmailAddress
    password: Annotated[
        NewPassword | None, Field(description="May be absent if the pool allows sign-in without a password.")
    ] = None
    auto_sign_in: Annotated[
        bool, Field(description="Request a `session` with which POST /verify signs in, if the pool supports it.")
    ] = False


class VerifyRequest(RequestBody):
    """The code from the e-mail."""

    email: EmailAddress
    code: Code
    password: Annotated[
        Password | None,
        Field(description="The password of the sign-up; recommended: it proves that the account is yours."),
    ] = None
    session: Annotated[
        SealedSession | None, Field(description="The `session` from POST /signup, to sign in immediately.")
    ] = None


class ResendRequest(RequestBody):
    """The address to send a new code to."""

    email: EmailAddress
